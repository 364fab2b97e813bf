import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import type { CandidatesRequest } from '../../../src/protocol/engineApi';
import type { PassRequest } from '../../../src/protocol/evaluatorApi';
import type { MeasuredRepairEvent, MeasuredRepairRequest } from '../../../src/protocol/repairApi';
import { repairByMeasurement } from '../../../src/repair/measuredRepair';
import { fakeClients } from '../../support/fakeRepair';

const REQUEST: MeasuredRepairRequest = {
  ...{ adapter: '/adapters/x', method: 'auto', options: {}, curve: true },
  measure: { aligned: '/models/aligned', suites: ['/suites'], runner: { kind: 'onnx', threads: 2 } },
  target: { maxAsr: null, maxOverRefusal: null, minTask: null, taskScore: 'exact' },
  ...{ chance: false, anyway: true, copyRest: false },
};

describe('passes of a repair', () => {
  it('are recorded once for each kind, with what the aligned model refused', async () => {
    const { recorded, candidates, stages } = await run({ compare: ['constrain', 'antidote', 'constrain'] });
    assert.deepEqual(
      recorded.map(({ kinds }) => kinds),
      [['outputs'], ['activations']],
    );
    const [first] = recorded;
    assert.ok(first);
    // Of ten, it answers two.
    const refused = Array.from({ length: 8 }, (_, at) => `harmful-${at + 2}`);
    assert.deepEqual(Object.keys(first.answers ?? {}), refused);
    assert.equal(first.threads, 2);
    assert.ok(candidates.length > 1);
    for (const { passes, folder } of candidates) {
      assert.equal(passes, first.folder);
      assert.equal(dirname(passes), folder);
    }
    assert.deepEqual(stages, [
      'suites',
      'before',
      'passes',
      'curve',
      'passes',
      'curve',
      'test',
      'writing',
      'checking',
    ]);
  });

  it('are not recorded by a server, nor for methods that need none', async () => {
    const runner = { kind: 'endpoint', url: 'http://127.0.0.1:1' } as const;
    const served = await run({ method: 'antidote', measure: { ...REQUEST.measure, runner } });
    const without = await run({ method: 'scale' });
    for (const { recorded, candidates } of [served, without]) {
      assert.equal(recorded.length, 0);
      assert.ok(candidates.every(({ passes }) => passes === undefined));
    }
  });
});

/** What the processes are asked. */
async function run(more: Partial<MeasuredRepairRequest>): Promise<{
  readonly recorded: readonly PassRequest[];
  readonly candidates: readonly CandidatesRequest[];
  readonly stages: readonly string[];
}> {
  const recorded: PassRequest[] = [];
  const candidates: CandidatesRequest[] = [];
  const { clients } = fakeClients({
    // The aligned model answers two of the harmful prompts, and the adapter all.
    behavior: (what) => ({ answered: what === null ? 2 : 10, refused: 0, right: 10 }),
  });
  const { call } = clients.engine;
  const watched = (method: string, request: unknown, options: unknown): unknown => {
    if (method === 'recordPasses') recorded.push(request as PassRequest);
    if (method === 'candidates') candidates.push(request as CandidatesRequest);
    return call(method as never, request as never, options as never);
  };
  const client = { call: watched as never };
  const stages: string[] = [];
  const emit = (event: MeasuredRepairEvent): void => {
    if (event.type === 'stage') stages.push(event.stage);
  };
  const context = { signal: new AbortController().signal, emit };
  await repairByMeasurement({ ...REQUEST, ...more }, { engine: client, evaluator: client }, context);
  return { recorded, candidates, stages };
}
