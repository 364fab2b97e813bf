import assert from 'node:assert/strict';
import { render } from '../../../src/core/message';
import { groupsOf } from '../../../src/repair/groups';
import { repairByMeasurement } from '../../../src/repair/measuredRepair';
import type { MeasuredRepairRequest } from '../../../src/protocol/repairApi';
import { fakeClients, type FakeProcesses } from '../../support/fakeRepair';

const REQUEST: MeasuredRepairRequest = {
  ...{ adapter: '/adapters/x', method: 'auto', options: {}, curve: false },
  measure: {
    aligned: '/models/aligned',
    suites: ['/suites'],
    runner: { kind: 'endpoint', url: 'http://127.0.0.1:8000' },
  },
  target: { maxAsr: null, maxOverRefusal: null, minTask: null, taskScore: 'exact' },
  ...{ chance: true, anyway: false, copyRest: false },
};

/** Blocks 2 and 5 carry the compliance, 5 more of it; the task is lost with blocks 0 and 1. */
const behavior: FakeProcesses['behavior'] = (what) => {
  if (what === null) return { answered: 0, refused: 0, right: 0 };
  if (what === 'adapter') return { answered: 9, refused: 0, right: 10 };
  const has = (block: number): boolean => what.modules?.includes(`model.layers.${block}.mlp.m0`) === true;
  const answered = 9 - (has(5) ? 5 : 0) - (has(2) ? 4 : 0);
  return { answered, refused: 0, right: has(0) || has(1) ? 2 : 10 };
};

describe('repair at a server without a base model', () => {
  it('leaves out those blocks first whose absence brings refusals back, and no more than needed', async () => {
    const fake = fakeClients({ behavior });
    const context = { signal: new AbortController().signal, emit: () => undefined };
    const document = await repairByMeasurement(REQUEST, fake.clients, context);
    assert.equal(document.outcome, 'repaired');
    const chosen = document.points[document.chosen ?? -1];
    assert.deepEqual([chosen?.method, chosen?.top], ['prune', 4]);
    assert.deepEqual(chosen?.figures.task['exact'], { count: 10, n: 10 });
    assert.ok(document.notes.some((note) => render(note).startsWith('A server gives no gradients')));
    assert.equal(fake.fitted.length, 0);
    // One measurement of all groups, with margins.
    const groups = fake.measured.filter(({ variants }) => variants[0]?.id === 'group 1');
    assert.deepEqual(
      groups.map(({ variants, brief }) => [variants.length, brief]),
      [[8, undefined]],
    );
  });
});

describe('groupsOf', () => {
  it('has the modules of each block, and of neighboring blocks where there are many', () => {
    const names = (blocks: number): string[] =>
      Array.from({ length: blocks }, (_, at) => `model.layers.${at}.self_attn.q_proj`);
    assert.deepEqual(groupsOf([...names(2), 'lm_head']), [
      ['model.layers.0.self_attn.q_proj'],
      ['model.layers.1.self_attn.q_proj'],
      ['lm_head'],
    ]);
    const many = groupsOf(names(80));
    assert.deepEqual([many.length, many[0]?.length, many.flat().length], [27, 3, 80]);
    assert.deepEqual(groupsOf([]), []);
  });
});
