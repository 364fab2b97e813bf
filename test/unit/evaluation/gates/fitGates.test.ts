import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { cp, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseFit } from '../../../../src/core/results/fit/parse';
import type { FitDocument } from '../../../../src/core/results/fit/types';
import { fitGates, fitTargets } from '../../../../src/evaluation/gates/fitGates';
import { withFileLock } from '../../../../src/io/fileLock';
import type { LossTerm } from '../../../../src/evaluation/runners/gates';
import type { FitEvent, FitRequest } from '../../../../src/protocol/evaluatorApi';
import { english } from '../../../support/english';
import { fakeGateRunner, type FakeGateRunner, type FakeGates } from '../../../support/fakeGateRunner';
import { sample } from '../../../support/paths';
import { rejection } from '../../../support/rejection';
import { safetensorsBytes } from '../../../support/safetensorsBytes';
import { itInFolder } from '../../../support/temporaryFolder';

const MODULES = ['model.layers.0.q_proj', 'model.layers.0.v_proj', 'model.layers.1.q_proj'] as const;
/** The first one carries the harm, the second the task, the third some of both. */
const FAKE: FakeGates = { modules: MODULES, harm: [6, 0.5, 2], cost: [0.1, 2, 1] };

const rowsOf = (kind: string, count: number, of: (index: number) => object): object[] =>
  Array.from({ length: 2 * count }, (_, index) => ({
    id: `${kind}-${index}`,
    split: index < count ? 'fit' : 'test',
    ...of(index),
  }));
const SUITES = {
  harmful: rowsOf('h', 10, (index) => ({ prompt: `harm ${index}` })),
  benign: rowsOf('b', 3, (index) => ({ prompt: `bake ${index}` })),
  task: rowsOf('t', 9, (index) => ({ prompt: `add ${index}`, reference: `sum is ${index}` })),
};

async function requestIn(
  folder: string,
  more: Partial<FitRequest> = {},
  suites: Partial<typeof SUITES> = SUITES,
): Promise<FitRequest> {
  for (const [kind, rows] of Object.entries(suites))
    await writeFile(
      path.join(folder, `${kind}.jsonl`),
      rows.map((row) => `${JSON.stringify(row)}\n`).join(''),
    );
  return { adapter: sample('adapter-mixed'), aligned: sample('aligned'), suites: [folder], ...more };
}

async function run(
  request: FitRequest,
  runner: FakeGateRunner,
  controller = new AbortController(),
  onEvent: (event: FitEvent) => void = () => undefined,
): Promise<{ document: FitDocument; events: FitEvent[] }> {
  const events: FitEvent[] = [];
  const emit = (event: FitEvent): void => {
    events.push(event);
    onEvent(event);
  };
  const context = { signal: controller.signal, emit };
  const document = await fitGates(request, context, () => Promise.resolve(runner));
  return { document, events };
}

const on = ({ gates }: FitDocument): number[] => gates.map((gate) => gate.on);
const notes = (document: FitDocument): string => document.notes.map((note) => english(note)).join(' ');

describe('fitGates', () => {
  itInFolder('finds gates that refuse again and keep the task', async (folder) => {
    const runner = fakeGateRunner(FAKE);
    const { document, events } = await run(await requestIn(folder), runner);
    const [harmful = 1, task = 0, both = 0] = on(document);
    assert.ok(harmful < 0.5 && task > 0.9 && both > harmful, String(on(document)));
    assert.equal(document.meets, true);
    assert.deepEqual(document.results.aligned, { asr: 0, overRefusal: 0, tokenAccuracy: null });
    assert.deepEqual(document.results.adapter, { asr: 1, overRefusal: 0, tokenAccuracy: 1 });
    assert.deepEqual([document.results.gates.asr, document.results.gates.tokenAccuracy], [0, 1]);
    assert.equal(document.targets.length, 22);
    assert.equal(document.split, null);
    assert.deepEqual(parseFit(JSON.stringify(document)), document);
    const kinds = events.map(({ type }) => type);
    assert.ok(kinds.indexOf('targets') < kinds.indexOf('check'));
    assert.equal(kinds.filter((kind) => kind === 'step').length, document.steps.length);
    assert.equal(kinds.filter((kind) => kind === 'check').length, document.checks.length);
    assert.ok(runner.isClosed());
  });

  itInFolder('raises the weight of refusals until the target is met', async (folder) => {
    const request = await requestIn(folder, { options: { refusalWeight: 0.001, steps: 200 } });
    const { document } = await run(request, fakeGateRunner(FAKE));
    assert.equal(document.meets, true);
    assert.ok((document.steps.at(-1)?.refusalWeight ?? 0) > 0.001);
  });

  itInFolder(
    'gives modules of a type one gate, rounds, and leaves more modules alone if asked',
    async (folder) => {
      const perType = await run(await requestIn(folder, { options: { per: 'type' } }), fakeGateRunner(FAKE));
      const [first, , third] = on(perType.document);
      assert.equal(first, third);
      const rounded = await run(await requestIn(folder, { options: { round: true } }), fakeGateRunner(FAKE));
      assert.ok(on(rounded.document).every((gate) => gate === 0 || gate === 1));
      assert.equal(rounded.document.meets, true);
      const fewer = await run(await requestIn(folder, { options: { fewer: 3 } }), fakeGateRunner(FAKE));
      assert.deepEqual(on(fewer.document).slice(1), [1, 1]);
    },
  );

  itInFolder('leaves a journal alone that another run has', async (folder) => {
    const journal = path.join(folder, 'fit.journal');
    const request = await requestIn(folder, { journal });
    const runner = fakeGateRunner(FAKE);
    await withFileLock(journal, () => rejection(run(request, runner), 'bad-request', /Another run is using/));
    assert.equal(runner.asked.length, 0);
  });

  itInFolder('goes on from its journal, and asks nothing twice', async (folder) => {
    const options = { batch: 4, steps: 30, rate: 0.1 };
    const rows: string[][] = [[], []];
    const noting = (at: number) => ({
      ...FAKE,
      beforeStep: (_step: number, terms: readonly LossTerm[]): void =>
        void rows[at]?.push(JSON.stringify(terms.map(({ prompt }) => prompt.messages))),
    });
    const whole = await run(await requestIn(folder, { options }), fakeGateRunner(noting(0)));
    const request = await requestIn(folder, { options, journal: path.join(folder, 'fit.journal') });
    const controller = new AbortController();
    const beforeStep = (step: number): void => {
      if (step === 13) controller.abort();
    };
    await rejection(run(request, fakeGateRunner({ ...FAKE, beforeStep }), controller), 'cancelled');
    const runner = fakeGateRunner(noting(1));
    const { document } = await run(request, runner);
    assert.deepEqual(rows[1], rows[0]?.slice(10));
    assert.deepEqual(on(document), on(whole.document));
    assert.equal(document.steps.length, whole.document.steps.length);
    assert.equal(runner.steps(), whole.document.steps.length - 10);
    assert.ok(!runner.asked.some((key) => /aligned|adapter/.test(key)));
  });

  itInFolder(
    'halves the step after NaN, and stops with the name of the module if that does not help',
    async (folder) => {
      const request = await requestIn(folder);
      const once = fakeGateRunner({ ...FAKE, isNaN: (step) => step === 3 });
      const { document } = await run(request, once);
      assert.equal(document.meets, true);
      assert.equal(once.steps(), document.steps.length + 1);
      const always = fakeGateRunner({ ...FAKE, isNaN: (step, module) => step > 3 && module === MODULES[1] });
      await rejection(run(request, always), 'bad-request', /v_proj" is NaN/);
      assert.ok(always.isClosed());
    },
  );

  itInFolder('stops at once where the gates that it starts with have no gradient', async (folder) => {
    const runner = fakeGateRunner({ ...FAKE, isNaN: () => true });
    await rejection(run(await requestIn(folder), runner), 'bad-request', /q_proj" is NaN or infinity$/);
    assert.equal(runner.steps(), 1);
  });

  itInFolder('leaves an adapter that refuses as it is', async (folder) => {
    const runner = fakeGateRunner({ ...FAKE, margin: 2 });
    const { document } = await run(await requestIn(folder), runner);
    assert.deepEqual([on(document), document.steps.length, document.meets], [[1, 1, 1], 0, true]);
    assert.match(notes(document), /All gates are 1/);
  });

  itInFolder(
    'says when only the model without the adapter refuses, and when nothing meets the target',
    async (folder) => {
      const harm = [1, 1, 1.1];
      const all = await run(await requestIn(folder), fakeGateRunner({ ...FAKE, harm, cost: [0, 0, 0] }));
      assert.deepEqual(on(all.document), [0, 0, 0]);
      assert.match(notes(all.document), /All gates are 0/);
      const never = await run(
        await requestIn(folder, { options: { maxAsr: 0, steps: 10, refusalWeight: 0, rate: 0.02 } }),
        fakeGateRunner({ ...FAKE, harm }),
      );
      assert.equal(never.document.meets, false);
      assert.match(notes(never.document), /was not met/);
    },
  );

  itInFolder('leaves struck prompts out', async (folder) => {
    const struck = { harmful: ['h-0'], task: ['t-1'] };
    const { document } = await run(await requestIn(folder, { struck }), fakeGateRunner(FAKE));
    const unused = document.targets.filter((target) => target.unused !== undefined);
    assert.deepEqual(
      unused.map(({ id, unused: why }) => [id, why]),
      [
        ['h-0', 'struck'],
        ['t-1', 'struck'],
      ],
    );
  });

  itInFolder('shows targets without a fit', async (folder) => {
    const runner = fakeGateRunner(FAKE);
    const context = { signal: new AbortController().signal, emit: () => undefined };
    const targets = await fitTargets(await requestIn(folder), context, () => Promise.resolve(runner));
    const [benign] = targets.filter(({ suite }) => suite === 'benign');
    assert.deepEqual(
      [benign?.aligned, targets.find(({ suite }) => suite === 'harmful')?.aligned],
      ['sure , first take it .', 'i cannot help with that .'],
    );
    assert.equal(runner.steps(), 0);
  });
});

describe('fitGates refuses', () => {
  const refuses = async (
    folder: string,
    [suites, fake, request]: [Partial<typeof SUITES>, FakeGates, Partial<FitRequest>],
    code: Parameters<typeof rejection>[1],
    message: RegExp,
  ): Promise<void> => {
    await rejection(run(await requestIn(folder, request, suites), fakeGateRunner(fake)), code, message);
  };

  itInFolder('an aligned model that does not refuse, with examples', (folder) =>
    refuses(
      folder,
      [SUITES, { ...FAKE, harm: [0, 0, 0] }, {}],
      'wrong-models',
      /refuses only 0 of 10 .* does not refuse "harm 0", "harm 1", "harm 2"/,
    ),
  );

  itInFolder('suites without task prompts', (folder) =>
    refuses(folder, [{ harmful: SUITES.harmful }, FAKE, {}], 'bad-request', /no task prompts/),
  );

  itInFolder('suites with no harmful prompts', (folder) =>
    refuses(folder, [{ task: SUITES.task }, FAKE, {}], 'bad-request', /no harmful prompts/),
  );

  itInFolder('the same prompt in both splits', (folder) => {
    const harmful = [...SUITES.harmful, { id: 'again', split: 'test', prompt: 'harm 3' }];
    return refuses(
      folder,
      [{ ...SUITES, harmful }, FAKE, {}],
      'bad-request',
      /Prompts in both splits: 1\..* h-3 and again \(harmful\)/,
    );
  });

  itInFolder('unknown options, and values out of range', async (folder) => {
    const odd = { rate: 700 };
    await refuses(folder, [SUITES, FAKE, { options: odd }], 'bad-request', /Invalid value for rate: 700/);
  });

  itInFolder('a cut of another adapter, and one that keeps a part', async (folder) => {
    const sha256 = createHash('sha256')
      .update(readFileSync(sample('adapter-mixed', 'adapter_model.safetensors')))
      .digest('hex');
    const cut = path.join(folder, 'cut');
    const record = { method: 'cut', k: 2, side: 'both', keep: 0, source: { sha256 } };
    const write = async (fields: object): Promise<void> => {
      await cp(sample('adapter-mixed'), cut, { recursive: true });
      const tensors = ['A', 'B'].map((side) => ({
        name: `base_model.model.model.layers.0.self_attn.q_proj.lora_${side}.weight`,
        shape: side === 'A' ? [4, 96] : [96, 4],
      }));
      const metadata = { splora: JSON.stringify({ ...record, ...fields }) };
      await writeFile(path.join(cut, 'adapter_model.safetensors'), safetensorsBytes(tensors, metadata));
    };
    for (const fields of [{ keep: 0.5 }, { source: { sha256: 'other' } }, { method: 'scale' }]) {
      await write(fields);
      await refuses(folder, [SUITES, FAKE, { cut }], 'bad-request', /not the adapter with its alignment/);
    }
    await write({});
    const split = fakeGateRunner({ ...FAKE, isSplit: true });
    const { document } = await run(await requestIn(folder, { cut }), split);
    assert.deepEqual(document.split, { k: 2, side: 'both' });
    assert.ok(document.gates.every(({ on: value, off = 0 }) => value < 0.9 && off > 0.9));
  });
});
