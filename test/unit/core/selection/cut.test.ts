import assert from 'node:assert/strict';
import fc from 'fast-check';
import { select } from '../../../../src/core/selection/select';
import type { Rule } from '../../../../src/core/selection/types';
import { Cut } from '../../../../src/core/selection/cut';
import { scored } from '../../../support/analysisDocument';

const values = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 1, maxLength: 60 });
const order = fc.constantFrom('largest' as const, 'smallest' as const);
const kind = fc.constantFrom('top' as const, 'threshold' as const, 'fraction' as const);

describe('Cutoff', () => {
  it('counts as the selection does', () => {
    const rule: fc.Arbitrary<Rule> = fc.oneof(
      fc.record({ kind: fc.constant('top' as const), k: fc.nat(80) }),
      fc.record({
        kind: fc.constant('fraction' as const),
        fraction: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
      fc.record({
        kind: fc.constant('threshold' as const),
        threshold: fc.double({ min: -110, max: 110, noNaN: true }),
      }),
    );
    fc.assert(
      fc.property(values, order, rule, (scores, which, asked) => {
        const modules = scores.map((distance, index) => scored(`m.${String(index)}`, { distance }));
        const pins = { keep: [], prune: [] };
        const verdicts = select(modules, { rule: asked, rankBy: 'distance', order: which, pins });
        const pruned = verdicts.filter(({ verdict }) => verdict === 'prune').length;
        assert.equal(new Cut(scores, which).count(asked), pruned);
      }),
    );
  });

  it('is where its rule cuts, so that a drop in place changes nothing', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: -1000, max: 1000 }), { minLength: 1 }),
        order,
        kind,
        fc.nat(50),
        (scores, which, what, count) => {
          const cut = new Cut(scores, which);
          const rule = cut.ruleOfCount(what, count);
          const line = cut.position(rule);
          assert.ok(line !== null);
          assert.equal(cut.countBeyond(line), cut.count(rule));
          assert.equal(cut.count(cut.ruleAtValue(what, line)), cut.count(rule));
        },
      ),
    );
  });

  it('takes as many as it is asked to, up to all, with each kind of rule', () => {
    const cut = new Cut([5, null, 1, 3], 'largest');
    assert.equal(cut.size, 3);
    for (const what of ['top', 'threshold', 'fraction'] as const) {
      assert.deepEqual(
        [-1, 0, 1, 2, 3, 9].map((count) => cut.count(cut.ruleOfCount(what, count))),
        [0, 0, 1, 2, 3, 3],
      );
    }
    assert.deepEqual(cut.ruleOfCount('none', 1), { kind: 'threshold', threshold: 4 });
    assert.equal(cut.count({ kind: 'none' }), 0);
  });

  it('has no place without scores', () => {
    assert.equal(new Cut([null], 'largest').position({ kind: 'top', k: 1 }), null);
  });
});
