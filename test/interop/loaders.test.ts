import assert from 'node:assert/strict';
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine } from '../../src/engine/client';
import { METHODS } from '../../src/methods';
import { startTestEngine } from '../support/engine';
import { pruneRequest, type PruneRequest } from '../support/pruneRequest';
import { sample } from '../support/paths';
import { skipBecause } from '../support/skip';
import { itInFolder } from '../support/temporaryFolder';
import { HANG_MS, startPython, type Python } from './python';
import { fitFor, requestBy } from './writtenAdapters';

interface Compared {
  readonly warnings: readonly string[];
  readonly allocated: readonly string[];
  /** Largest difference of a logit: from the original with the pruned B zeroed, and that from the original itself. */
  readonly difference: number;
  readonly effect: number;
}

/** float32 sums in another order. */
const LOGIT_TOLERANCE = 1e-5;

describe('real loaders', function () {
  this.timeout(HANG_MS);
  let engine: Engine;
  let python: Python;
  let stop = (): Promise<void> => Promise.resolve();
  before(async function () {
    const started = await startPython('load.py');
    if ('missing' in started) skipBecause(this, started.missing);
    python = started;
    engine = startTestEngine();
    stop = () => {
      python.dispose();
      return engine.dispose();
    };
  });
  after(() => stop());

  itInFolder('safetensors reads every kind of file that we write', async (folder) => {
    const files = await everyKind(engine, folder);
    const answer = (await python.ask({ what: 'deserialize', files })) as {
      tensors: Record<string, string[]>;
    };
    for (const file of files) {
      const { tensors } = await engine.call('inspect', { path: file });
      assert.deepEqual(answer.tensors[file], tensors.map(({ name }) => name).sort());
    }
  });

  for (const kind of ['llama', 'gpt2'] as const) {
    for (const how of ['remove', 'zero', 'bake'] as const) {
      itInFolder(
        `PEFT loads what we wrote, warns of nothing in it, only kept modules and equal logits: ${kind}, ${how}`,
        (folder) => loadsAlike({ engine, python }, folder, kind, how),
      );
    }
  }

  for (const method of METHODS) {
    itInFolder(
      `PEFT loads what method ${method.id} writes, warns of nothing in it, and computes something else`,
      async (folder) => {
        await python.ask({ what: 'make', folder, kind: 'llama' });
        const adapter = join(folder, 'adapter');
        const out = join(folder, 'repaired');
        const { adapter: read } = await engine.call('inspect', { path: adapter });
        const names = read?.modules.map(({ module }) => module) ?? [];
        const [base, aligned] = ['base', 'model'].map((name) => join(folder, name));
        assert.ok(base !== undefined && aligned !== undefined);
        const selected = names.slice(0, 2);
        const request = await requestBy(method, { folder, adapter, base, aligned, names, selected });
        await engine.call('repair', { ...request, out });
        const removed = request.modules;
        const answer = await compare(python, { folder, original: adapter, pruned: out, removed });
        assert.deepEqual(answer.warnings, []);
        // `effect` is of the modules alone that were left out.
        assert.ok(Math.max(answer.effect, answer.difference) > 100 * LOGIT_TOLERANCE);
      },
    );
  }

  for (const kind of ['llama', 'gpt2', 'rslora'] as const) {
    for (const side of ['both', 'input', 'output'] as const) {
      for (const rest of [1, 1.3]) {
        itInFolder(
          `PEFT computes the logits of a cut that torch makes: ${kind}, ${side}, rest ${rest}`,
          async (folder) => {
            const options = { k: 3, side, keep: 0.25, rest };
            const { adapter, out } = await cutOf({ engine, python }, folder, kind, options);
            const asked = { what: 'cut', folder, original: adapter, repaired: out, ...options };
            const answer = (await python.ask(asked)) as Omit<Compared, 'allocated'>;
            assert.deepEqual(answer.warnings, []);
            assert.ok(answer.difference <= LOGIT_TOLERANCE, `logits differ by ${answer.difference}`);
            assert.ok(answer.effect > 100 * LOGIT_TOLERANCE);
            assert.deepEqual(await layoutOf(engine, out), await layoutOf(engine, adapter));
          },
        );
      }
    }
  }

  for (const kind of ['llama', 'gpt2', 'rslora'] as const) {
    for (const method of ['gates', 'split-gates']) {
      itInFolder(
        `PEFT computes the logits of gates that torch applies: ${kind}, ${method}`,
        async (folder) => {
          await python.ask({ what: 'make', folder, kind });
          const [adapter = '', out = ''] = ['adapter', 'gated'].map((name) => join(folder, name));
          const { adapter: read } = await engine.call('inspect', { path: adapter });
          const names = read?.modules.map(({ module }) => module) ?? [];
          const fit = await fitFor(method, adapter, names);
          const models = { base: join(folder, 'base'), aligned: join(folder, 'model') };
          const request = { adapter, method, options: {}, modules: [], copyRest: false, out };
          await engine.call('repair', { ...request, results: { fit }, ...models });
          const gates = Object.fromEntries(fit.gates.map(({ module, on, off = on }) => [module, [on, off]]));
          const asked = { what: 'gates', folder, original: adapter, repaired: out, k: 8, gates };
          const answer = (await python.ask(asked)) as Omit<Compared, 'allocated'>;
          assert.deepEqual(answer.warnings, []);
          assert.ok(answer.difference <= LOGIT_TOLERANCE, `logits differ by ${answer.difference}`);
          assert.ok(answer.effect > 100 * LOGIT_TOLERANCE);
        },
      );
    }
  }

  itInFolder('hears what PEFT says of an adapter that lacks tensors', async (folder) => {
    const { adapter, out, removed } = await makeAndPrune({ engine, python }, folder, 'llama', 'remove');
    // The config still promises the modules that are gone.
    await copyFile(join(adapter, 'adapter_config.json'), join(out, 'adapter_config.json'));
    const { warnings } = await compare(python, { folder, original: adapter, pruned: out, removed });
    assert.match(warnings.join('\n'), /^Found missing adapter keys/);
  });
});

interface Sides {
  readonly engine: Engine;
  readonly python: Python;
}
type Kind = 'llama' | 'gpt2' | 'rslora';
type How = 'remove' | 'zero' | 'bake';

/** A random adapter and what is left of it without every third module, so that some of each type stay. */
async function makeAndPrune({ engine, python }: Sides, folder: string, kind: Kind, how: How) {
  await python.ask({ what: 'make', folder, kind });
  const adapter = join(folder, 'adapter');
  const { adapter: read } = await engine.call('inspect', { path: adapter });
  const names = read?.modules.map(({ module }) => module) ?? [];
  const removed = names.filter((_, index) => index % 3 === 0);
  const out = join(folder, 'pruned');
  const request = pruneRequest({
    ...byHand(adapter, removed, out),
    mode: how === 'zero' ? 'zero' : 'remove',
    bakeScale: how === 'bake',
  });
  const { kept } = await engine.call('repair', request);
  return { adapter, out, removed, expected: [...(how === 'zero' ? names : kept)].sort() };
}

/** A random adapter and its cut. */
async function cutOf(
  { engine, python }: Sides,
  folder: string,
  kind: Kind,
  options: Readonly<Record<string, unknown>>,
): Promise<{ readonly adapter: string; readonly out: string }> {
  await python.ask({ what: 'make', folder, kind });
  const [adapter, out] = [join(folder, 'adapter'), join(folder, 'cut')];
  const models = { base: join(folder, 'base'), aligned: join(folder, 'model') };
  const request = { adapter, method: 'cut', options, modules: [], copyRest: false, out };
  await engine.call('repair', { ...request, ...models });
  return { adapter, out };
}

/** What a repair that keeps every rank leaves as it is: the config with its patterns, and the shapes of all tensors. */
async function layoutOf(engine: Engine, adapter: string): Promise<unknown> {
  const { tensors } = await engine.call('inspect', { path: adapter });
  return {
    config: await readFile(join(adapter, 'adapter_config.json'), 'utf8'),
    tensors: tensors.map(({ name, dtype, shape }) => ({ name, dtype, shape })),
  };
}

interface CompareRequest {
  readonly folder: string;
  readonly original: string;
  readonly pruned: string;
  readonly removed: readonly string[];
}

const compare = async (python: Python, request: CompareRequest): Promise<Compared> =>
  (await python.ask({ what: 'compare', ...request })) as Compared;

async function loadsAlike(sides: Sides, folder: string, kind: Kind, how: How): Promise<void> {
  const { adapter, out, removed, expected } = await makeAndPrune(sides, folder, kind, how);
  const check = await sides.engine.call('check', { adapter: out, model: join(folder, 'model') });
  const answer = await compare(sides.python, { folder, original: adapter, pruned: out, removed });
  assert.deepEqual(answer.warnings, []);
  assert.deepEqual(answer.allocated, expected);
  assert.ok(answer.difference <= LOGIT_TOLERANCE, `logits differ by ${answer.difference}`);
  assert.ok(answer.effect > 100 * LOGIT_TOLERANCE, `pruning changed logits by ${answer.effect} only`);
  const [peft] = check.loaders;
  assert.deepEqual([peft?.verdict, [...(peft?.attached ?? [])].sort()], ['same', answer.allocated]);
}

const byHand = (adapter: string, modules: readonly string[], out: string): PruneRequest => ({
  adapter,
  modules,
  mode: 'remove',
  out,
  copyRest: false,
  provenance: { by: 'hand' },
});

async function everyKind(engine: Engine, folder: string): Promise<string[]> {
  const adapter = sample('adapter-mixed');
  const { adapter: read } = await engine.call('inspect', { path: adapter });
  const names = read?.modules.map(({ module }) => module) ?? [];
  const kinds: readonly Partial<PruneRequest>[] = [
    {},
    { mode: 'zero' },
    { bakeScale: true },
    { modules: names.slice(1) },
  ];
  const files: string[] = [];
  for (const [index, kind] of kinds.entries()) {
    const out = join(folder, String(index));
    await engine.call('repair', pruneRequest({ ...byHand(adapter, names.slice(0, 2), out), ...kind }));
    files.push(join(out, 'adapter_model.safetensors'));
  }
  return files;
}
