import assert from 'node:assert/strict';
import fc from 'fast-check';
import { NO_CHANGE, parseSelectionChange, type SelectionChange } from '../../../../src/host/state/choices';

const whole: SelectionChange = {
  selection: { rule: { kind: 'top', k: 3 }, rankBy: 'reversal', order: 'smallest' },
  pins: { keep: ['a'], prune: ['b', 'c'] },
};

describe('what was kept of a selection', () => {
  it('comes back whole', () => {
    assert.deepEqual(parseSelectionChange(whole), whole);
  });

  it('is every rule there is', () => {
    const rules = [
      { kind: 'top', k: 0 },
      { kind: 'threshold', threshold: -2.5 },
      { kind: 'fraction', fraction: 1 },
      { kind: 'none' },
    ] as const;
    for (const rule of rules)
      assert.deepEqual(parseSelectionChange({ ...whole, selection: { rule } }).selection, { rule });
  });

  it('leaves out the part that this version does not know, and keeps the pins', () => {
    const odd = [
      { rule: { kind: 'best' } },
      { rule: { kind: 'top', k: -1 } },
      { rule: { kind: 'top', k: '3' } },
      { rule: { kind: 'fraction', fraction: 7 } },
      { rule: { kind: 'threshold' } },
      { rule: null, rankBy: 'toString', order: 'up' },
    ];
    for (const selection of odd)
      assert.deepEqual(
        parseSelectionChange({ selection, pins: whole.pins }),
        { selection: {}, pins: whole.pins },
        JSON.stringify(selection),
      );
  });

  it('is nothing where the pins are none', () => {
    for (const pins of [
      undefined,
      null,
      {},
      { keep: ['a'] },
      { keep: 'a', prune: [] },
      { keep: [], prune: [1] },
    ])
      assert.equal(parseSelectionChange({ selection: {}, pins }), NO_CHANGE);
  });

  it('never throws, whatever was kept', () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (rule, pins) => {
        parseSelectionChange(rule);
        parseSelectionChange({ selection: { rule, rankBy: pins }, pins: { keep: [], prune: [] } });
        parseSelectionChange({ selection: {}, pins });
      }),
    );
  });
});
