import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { SelectionChange } from '../../../../src/host/state/analysisStore';
import { parseSelectionChange, SelectionMemory } from '../../../../src/host/state/selectionMemory';
import { memento } from '../../../support/memento';

const whole: SelectionChange = {
  selection: { rule: { kind: 'top', k: 3 }, rankBy: 'reversal', order: 'smallest' },
  pins: { keep: ['a'], prune: ['b', 'c'] },
};

describe('what was kept of a selection', () => {
  it('comes back whole, for its own adapter', () => {
    const failures: unknown[] = [];
    const memory = new SelectionMemory(memento(), (thrown) => failures.push(thrown));
    memory.set('/a', whole);
    assert.deepEqual(memory.get('/a'), whole);
    assert.equal(memory.get('/b'), undefined);
    assert.deepEqual(failures, []);
  });

  it('that could not be kept is told of', async () => {
    const failures: unknown[] = [];
    const broken = { ...memento(), update: () => Promise.reject(new Error('full')) };
    new SelectionMemory(broken, (thrown) => failures.push(thrown)).set('/a', whole);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(failures.length, 1);
  });

  it('is every rule there is', () => {
    const rules = [
      { kind: 'top', k: 0 },
      { kind: 'threshold', threshold: -2.5 },
      { kind: 'fraction', fraction: 1 },
      { kind: 'none' },
    ] as const;
    for (const rule of rules)
      assert.deepEqual(parseSelectionChange({ ...whole, selection: { rule } })?.selection, { rule });
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
      assert.equal(parseSelectionChange({ selection: {}, pins }), undefined);
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
