import assert from 'node:assert/strict';
import { say } from '../../../../../src/core/message';
import { analysisMetrics } from '../../../../../src/core/results/analysis/metrics';
import { analysisOf, replaced, scored, unscored, verdict } from '../../../../support/analysisDocument';

describe('what a tracker logs of an analysis', () => {
  const modules = [
    scored('a.q_proj', { updateNorm: 3, reversal: -1 }),
    scored('b.q_proj', { updateNorm: 4, reversal: 5 }),
    replaced('lm_head.weight', { updateNorm: 1000 }),
    unscored('c.q_proj', 'inactive', say('B is zero')),
  ];

  it('compares across adapters: scored LoRA modules, without E-DIEM', () => {
    const { step, metrics } = analysisMetrics(analysisOf(modules), [verdict('a.q_proj', 1, 'prune')], 20);
    assert.equal(step, 20);
    assert.deepEqual([metrics['splora/scored'], metrics['splora/selected']], [2, 1]);
    assert.equal(metrics['splora/updateNorm/whole'], 5);
    const reversal = ['mean', 'min', 'max'].map((which) => metrics[`splora/reversal/${which}`]);
    assert.deepEqual(reversal, [2, -1, 5]);
    assert.ok(!Object.keys(metrics).some((name) => name.includes('ediem')));
  });

  it('leaves out what no module has', () => {
    const { metrics } = analysisMetrics(analysisOf(modules.slice(2)), [], null);
    assert.deepEqual(metrics, {
      'splora/scored': 0,
      'splora/selected': 0,
      'splora/standsOut': 0,
      'splora/updateNorm/whole': 0,
    });
  });
});
