import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { RESULT_KINDS } from '../../../src/core/results';
import { outcomeText } from '../../../src/core/results/repair/outcome';
import { parseRepair } from '../../../src/core/results/repair/parse';
import { repairWarnings } from '../../../src/core/results/repair/warnings';
import { render } from '../../../src/core/message';
import type { MeasuredRepairEvent, MeasuredRepairRequest } from '../../../src/protocol/repairApi';
import { repairByMeasurement } from '../../../src/repair/measuredRepair';
import { sample } from '../../support/paths';
import { BOTH_SPLITS, fakeClients, FIT, type Behavior, type FakeProcesses } from '../../support/fakeRepair';
import { rejection } from '../../support/rejection';

const REQUEST: MeasuredRepairRequest = {
  ...{ adapter: '/adapters/x', base: sample('base'), method: 'auto', options: {}, curve: false },
  measure: { aligned: '/models/aligned', suites: ['/suites'], runner: { kind: 'onnx' } },
  target: { maxAsr: null, maxOverRefusal: null, minTask: null, taskScore: 'exact' },
  ...{ chance: true, anyway: false, copyRest: false },
};

const ALIGNED: Behavior = { answered: 0, refused: 1, right: 0 };
const ADAPTER: Behavior = { answered: 9, refused: 0, right: 10 };

/** Both sides: k 3 brings refusals back, each direction costs a task. The input side needs 4. */
const cutBehavior: FakeProcesses['behavior'] = (what) => {
  if (what === null) return ALIGNED;
  if (what === 'adapter' || what.isRandom === true) return ADAPTER;
  const { k, side, keep, rest } = what.options as { k: number; side: string; keep: number; rest: number };
  const strength = k * (1 - keep) - (side === 'input' ? 1 : 0);
  const right = Math.round(10 - k * (1 - keep) - 4 * Math.abs(rest - 1));
  return { answered: strength >= 3 ? 0 : 9, refused: 0, right: Math.max(0, right) };
};

const run = async (fakes: FakeProcesses, more: Partial<MeasuredRepairRequest> = {}) => {
  const events: MeasuredRepairEvent[] = [];
  const fake = fakeClients(fakes);
  const context = {
    signal: new AbortController().signal,
    emit: (event: MeasuredRepairEvent) => events.push(event),
  };
  const document = await repairByMeasurement({ ...REQUEST, ...more }, fake.clients, context);
  return { ...fake, events, document };
};

describe('repairByMeasurement', () => {
  it('chooses the strength with the best task among those that reach the target, and writes it', async () => {
    const { document, kept, folders, measured, events } = await run({ behavior: cutBehavior });
    assert.equal(document.outcome, 'repaired');
    const chosen = document.points[document.chosen ?? -1];
    assert.ok(chosen !== undefined);
    assert.equal(chosen.options['side'], 'both');
    assert.deepEqual(chosen.figures.task['exact'], { count: 7, n: 10 });
    assert.ok(document.points.every(({ meets, figures }) => meets === (figures.asr?.count === 0)));
    assert.equal(kept.length, 1);
    assert.equal(document.written?.out, '/adapters/x-splora');
    const results = (kept[0]?.measured['results'] ?? {}) as Readonly<Record<string, unknown>>;
    assert.deepEqual(Object.keys(results), ['aligned', 'adapter', 'repaired', 'chance']);
    // Nothing of it is left.
    for (const folder of folders) assert.ok(!existsSync(folder), folder);
    // The models as they are are asked once on each split.
    assert.deepEqual(measured.filter(({ split, known }) => split === 'fit' && known === undefined).length, 1);
    assert.deepEqual(
      events.flatMap((event) => (event.type === 'stage' ? [event.stage] : [])),
      ['suites', 'before', 'curve', 'gates', 'test', 'writing', 'checking'],
    );
    assert.equal(events.filter(({ type }) => type === 'point').length, document.points.length);
  });

  it('makes a document that parses back unchanged, without answers to harmful prompts', async () => {
    const { document } = await run({ behavior: cutBehavior });
    const { exports } = RESULT_KINDS.repair;
    const read = parseRepair(await exports.json.text(document, { withAnswers: true }));
    assert.deepEqual(read, document);
    const plain = parseRepair(await exports.json.text(document, {}));
    const harmful = plain.test.rows.filter(({ suite }) => suite === 'harmful');
    assert.ok(harmful.every(({ answers }) => Object.values(answers).every(({ text }) => text === null)));
    const markdown = (await exports.markdown.text(document, {})).replaceAll('\\', '');
    assert.match(markdown, /## Before you trust it[^#]*Only 10 harmful prompts[^#]*## Outcome[^#]*Repaired/);
    assert.match(markdown, /\| cut, k 3, side both, keep 0, rest 1 \|[^\n]*reached, chosen \|/);
    assert.match(await exports.junit.text(document, {}), /<testsuite name="repair" tests="4" failures="0"/);
  });

  it('writes nothing if the test split misses the target, unless it must', async () => {
    const behavior: FakeProcesses['behavior'] = (what, split) =>
      split === 'test' && typeof what === 'object' && what !== null ? ADAPTER : cutBehavior(what, split);
    const { document, kept } = await run({ behavior });
    assert.deepEqual([document.outcome, document.written, kept.length], ['missed', null, 0]);
    const warnings = repairWarnings(document).map((one) => render(one));
    assert.ok(
      warnings.some((line) => line.startsWith('The splits are far apart: ASR is 0.00')),
      warnings.join('\n'),
    );
    assert.ok(!warnings.some((line) => line.startsWith('Random directions')));
    const anyway = await run({ behavior }, { anyway: true });
    assert.deepEqual([anyway.document.outcome, anyway.kept.length], ['missed', 1]);
  });

  it('misses the target where nothing is left of the task, unless the user allows that', async () => {
    const behavior: FakeProcesses['behavior'] = (what, split) =>
      typeof what === 'object' && what !== null ? ALIGNED : cutBehavior(what, split);
    const asked = { method: 'cut', options: { k: 4 } };
    const { document, kept } = await run({ behavior }, asked);
    assert.deepEqual([document.outcome, kept.length], ['missed', 0]);
    assert.match(render(outcomeText(document)), /^Nothing is left of the task \(cut.*only the model without/);
    const allowed = await run({ behavior }, { ...asked, target: { ...REQUEST.target, minTask: 0 } });
    assert.deepEqual([allowed.document.outcome, allowed.kept.length], ['repaired', 1]);
  });

  it('says when random directions do as well', async () => {
    const behavior: FakeProcesses['behavior'] = (what, split) =>
      typeof what === 'object' && what?.isRandom === true
        ? { answered: 0, refused: 0, right: 9 }
        : cutBehavior(what, split);
    const { document } = await run({ behavior });
    assert.ok(repairWarnings(document).some(({ text }) => text.startsWith('Random directions')));
  });

  it('has nothing to do for an adapter that reaches the target', async () => {
    const { document, kept, measured } = await run({
      behavior: (what) => (what === null ? ALIGNED : { answered: 0, refused: 1, right: 10 }),
    });
    assert.deepEqual([document.outcome, document.points.length, kept.length], ['unneeded', 0, 0]);
    assert.deepEqual(
      measured.map(({ split }) => split),
      ['fit', 'test'],
    );
  });

  it('measures one strength, or the curve with what the user fixed', async () => {
    const one = await run({ behavior: cutBehavior }, { method: 'cut', options: { k: 4 } });
    assert.deepEqual(
      one.document.points.map(({ options }) => options),
      [{ k: 4, side: 'both', keep: 0, rest: 1 }],
    );
    const curve = await run(
      { behavior: cutBehavior },
      { method: 'cut', curve: true, options: { side: 'output' } },
    );
    assert.ok(curve.document.points.length > 3);
    assert.ok(curve.document.points.every(({ options }) => options['side'] === 'output'));
  });

  it('keeps to the limits that the user gives', async () => {
    const target = { ...REQUEST.target, maxAsr: 0.9, minTask: 0.95 };
    const { document } = await run({ behavior: cutBehavior }, { target });
    assert.equal(document.outcome, 'unneeded');
    const strict = await run({ behavior: cutBehavior }, { target: { ...target, maxAsr: 0 } });
    assert.equal(strict.document.outcome, 'missed');
  });

  const refused: readonly (readonly [string, FakeProcesses, RegExp])[] = [
    [
      'suites without tasks',
      {
        behavior: cutBehavior,
        suites: { ...BOTH_SPLITS, kinds: { ...BOTH_SPLITS.kinds, task: { fit: 0, test: 0 } } },
      },
      /no task prompts/,
    ],
    [
      'harmful prompts of one split alone',
      {
        behavior: cutBehavior,
        suites: { ...BOTH_SPLITS, kinds: { ...BOTH_SPLITS.kinds, harmful: { fit: 9, test: 0 } } },
      },
      /All harmful prompts are in the split fit/,
    ],
    [
      'prompts that are in both splits',
      {
        behavior: cutBehavior,
        suites: { ...BOTH_SPLITS, shared: { count: 2, examples: [{ kind: 'task', fit: 'a', test: 'b' }] } },
      },
      /Prompts in both splits: 2 \(task "?a"? = "?b"?\)/,
    ],
    [
      'an aligned model that does not refuse',
      { behavior: (what) => (what === null ? { answered: 6, refused: 0, right: 0 } : ADAPTER) },
      /does not refuse 6 of 10 harmful prompts.* "harmful 0", "harmful 1", "harmful 2"$/,
    ],
  ];
  for (const [what, fakes, message] of refused)
    it(`refuses ${what}`, async () => {
      await rejection(run(fakes), 'bad-request', message);
    });

  it('takes fitted gates where they keep more of the task, fitted on the best cut', async () => {
    const behavior: FakeProcesses['behavior'] = (what, split) =>
      typeof what === 'object' && what?.method === 'split-gates'
        ? { answered: 0, refused: 0, right: 9 }
        : cutBehavior(what, split);
    const { document, fitted } = await run({ behavior, fits: true });
    assert.equal(document.points[document.chosen ?? -1]?.method, 'split-gates');
    assert.equal(document.outcome, 'repaired');
    const [{ cut = '', options = {}, limit, start = [], known } = {}] = fitted;
    assert.deepEqual([cut === '', options.maxAsr, limit], [false, 0.05, 64]);
    // It starts there, and asks nothing again.
    assert.deepEqual(start.slice(0, 1), [{ module: 'model.layers.0.mlp.m0', on: 0, off: 1 }]);
    assert.ok(known?.rows.every(({ split }) => split === 'fit'));
    // Random gates would say nothing.
    assert.ok(document.test.variants.every(({ id }) => id !== 'chance'));
  });

  it('starts split gates alone from the best cut too, and takes no cut instead', async () => {
    const behavior: FakeProcesses['behavior'] = (what, split) =>
      typeof what === 'object' && what?.method === 'split-gates'
        ? { answered: 0, refused: 0, right: 5 }
        : cutBehavior(what, split);
    for (const asked of [{ method: 'split-gates' }, { compare: ['split-gates', 'scale'] }]) {
      const { document, fitted } = await run({ behavior, fits: true }, asked);
      const [{ start = [] } = {}] = fitted;
      assert.deepEqual(start.slice(0, 1), [{ module: 'model.layers.0.mlp.m0', on: 0, off: 1 }]);
      assert.ok(document.points.some(({ method }) => method === 'cut'));
      assert.equal(document.points[document.chosen ?? -1]?.method, 'split-gates');
    }
    await rejection(run({ behavior: cutBehavior }, { method: 'split-gates' }), 'bad-request', /no gradients/);
  });

  it('goes on with the cut where gates cannot be fitted, and says why', async () => {
    const { document } = await run({ behavior: cutBehavior });
    assert.ok(document.notes.some((note) => render(note) === 'split-gates was not tried: no gradients'));
    await rejection(run({ behavior: cutBehavior }, { method: 'gates' }), 'bad-request', /no gradients/);
  });

  it('fits plain gates without the base model', async () => {
    const { base: _base, ...without } = REQUEST;
    const fake = fakeClients({ behavior: cutBehavior, fits: true });
    const context = { signal: new AbortController().signal, emit: () => undefined };
    const document = await repairByMeasurement(without, fake.clients, context);
    assert.deepEqual(
      document.points.map(({ method }) => method),
      ['gates'],
    );
    assert.equal(fake.fitted[0]?.cut, undefined);
  });

  it('holds how the chosen gates were fitted, and the files of the base model', async () => {
    const behavior: FakeProcesses['behavior'] = (what, split) =>
      typeof what === 'object' && what?.method === 'split-gates'
        ? { answered: 0, refused: 0, right: 10 }
        : cutBehavior(what, split);
    const { document } = await run({ behavior, fits: true });
    assert.deepEqual(document.fit, FIT);
    const weights = path.join(sample('base'), 'model.safetensors');
    const { size, mtimeMs } = statSync(weights);
    assert.deepEqual(document.inputs.at(-1), { path: weights, size, mtimeMs });
    const { exports } = RESULT_KINDS.repair;
    const options = { withAnswers: true };
    assert.deepEqual(parseRepair(await exports.json.text(document, options)), document);
    assert.ok(!(await exports.json.text(document, {})).includes('Sure: first'));
    const markdown = (await exports.markdown.text(document, {})).replaceAll('\\', '');
    assert.match(markdown, /Two gates a module: on the top 8[^#]*rate 0\.1[^#]*Struck out: harmful=h-1/);
    assert.match(
      markdown,
      /\| 2 \| 0\.000 \|  \| 0\.000 \| 0\.900 \| 0\.200 \| 2\.000 \| 0\.600 \| met, best so far \|/,
    );
    const { document: cut } = await run({ behavior: cutBehavior });
    assert.equal(cut.fit, null);
    const { fit: _fit, ...earlier } = JSON.parse(await exports.json.text(cut, options)) as typeof cut;
    assert.equal(parseRepair(JSON.stringify(earlier)).fit, null);
  });

  it('refuses a base model that is not there, before anything is measured', async () => {
    const { clients, measured } = fakeClients({ behavior: cutBehavior });
    const context = { signal: new AbortController().signal, emit: () => undefined };
    const asked = { ...REQUEST, base: '/models/none' };
    await rejection(repairByMeasurement(asked, clients, context), 'not-found', /not found/);
    assert.equal(measured.length, 0);
  });

  it('refuses a base model that is the aligned one, before anything is measured', async () => {
    const { clients, measured } = fakeClients({ behavior: cutBehavior });
    const context = { signal: new AbortController().signal, emit: () => undefined };
    const asked = { ...REQUEST, base: `${REQUEST.measure.aligned}/` };
    await rejection(repairByMeasurement(asked, clients, context), 'bad-request', /are the same/);
    assert.equal(measured.length, 0);
  });

  it('refuses to start without the base model, before anything is measured', async () => {
    const { base: _base, ...without } = REQUEST;
    const { clients, measured } = fakeClients({ behavior: cutBehavior });
    const context = { signal: new AbortController().signal, emit: () => undefined };
    const asked = { ...without, method: 'cut', curve: true };
    await rejection(repairByMeasurement(asked, clients, context), 'bad-request', /base is missing/);
    assert.equal(measured.length, 0);
  });

  it('writes for a loader, and asks before anything is measured whether that can be', async () => {
    const asked: string[] = [];
    const before = (method: string): unknown => asked.push(method);
    const { kept, document } = await run({ behavior: cutBehavior, before }, { for: 'gguf' });
    assert.deepEqual([kept[0]?.target, kept[0]?.model], ['gguf', '/models/aligned']);
    assert.ok(asked.indexOf('export') < asked.indexOf('measure'));
    // No loader check reads GGUF.
    assert.deepEqual(document.written?.loaders, []);
    assert.ok(!asked.includes('check'));
  });

  it('leaves nothing behind when it is canceled', async () => {
    for (const stop of ['candidates', 'measure', 'keepCandidate']) {
      const abort = new AbortController();
      const fake = fakeClients({
        behavior: cutBehavior,
        before: (method) => {
          if (method === stop && (stop !== 'measure' || fake.folders.size > 0)) abort.abort();
        },
      });
      await assert.rejects(
        repairByMeasurement(REQUEST, fake.clients, { signal: abort.signal, emit: () => undefined }),
      );
      assert.equal(fake.kept.length, 0);
      for (const folder of fake.folders) assert.ok(!existsSync(folder), folder);
    }
  });
});
