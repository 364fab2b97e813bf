import assert from 'node:assert/strict';
import { evaluationMetrics } from '../../../../../src/core/results/evaluation/metrics';
import { evaluationOf, variant } from '../../../../support/measuredSample';

const FILE = '/run/checkpoint-20/adapter_model.safetensors';

describe('what a tracker logs of an evaluation', () => {
  it('names metrics of the adapter plainly, those of others by their variant', () => {
    const [only, ...others] = evaluationMetrics(evaluationOf(FILE), 20);
    assert.equal(others.length, 0);
    const { step, metrics = {} } = only ?? {};
    assert.equal(step, 20);
    const asr = ['', 'aligned/', 'adapter-splora/'].map((prefix) => metrics[`splora/${prefix}asr`]);
    assert.deepEqual(asr, [1, 0, 3 / 48]);
    assert.equal(metrics['splora/task/exact'], 1);
    assert.ok((metrics['splora/asr/low'] ?? 0) > 0.9);
    assert.ok(Object.values(metrics).every((value) => Number.isFinite(value)));
  });

  it('gives another checkpoint a step of its own, beside the same aligned model', () => {
    const variants = [
      variant('aligned', null),
      variant('adapter', FILE),
      variant('adapter-splora', '/run/checkpoint-100'),
    ];
    const steps = evaluationMetrics(evaluationOf(FILE, { variants }), 20);
    assert.deepEqual(
      steps.map(({ step, metrics }) => [step, metrics['splora/asr'], metrics['splora/aligned/asr']]),
      [
        [20, 1, 0],
        [100, 3 / 48, 0],
      ],
    );
    assert.ok(steps.every(({ metrics }) => !('splora/adapter-splora/asr' in metrics)));
    const scaled = variants.map((one) => (one.id === 'adapter-splora' ? { ...one, scale: 0.5 } : one));
    assert.equal(evaluationMetrics(evaluationOf(FILE, { variants: scaled }), 20).length, 1);
  });

  it('takes checkpoints of one step for variants', () => {
    const variants = [
      variant('adapter', FILE),
      variant('left', '/a/checkpoint-100'),
      variant('right', '/b/checkpoint-100'),
    ];
    const steps = (step: number | null): unknown[] =>
      evaluationMetrics(evaluationOf(FILE, { variants }), step).map((one) => one.step);
    assert.deepEqual(steps(20), [20]);
    assert.deepEqual(steps(100), [100]);
    assert.deepEqual(steps(null), [null]);
  });
});
