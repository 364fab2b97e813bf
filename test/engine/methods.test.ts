import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { cp, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import type { FitDocument } from '../../src/core/results/fit/types';
import type { Engine } from '../../src/engine/client';
import { inspect } from '../../src/engine/inspect';
import { METHODS, passNeeds } from '../../src/methods';
import type { InspectedAdapter, InspectResult, RepairRequest } from '../../src/protocol/engineApi';
import { CONTEXT, suiteEngine } from '../support/engine';
import { fitOf } from '../support/fitDocument';
import { readIndependently } from '../support/independentReader';
import { passFolder } from '../support/passFolder';
import { fixture, itWithRealAdapters, sample, shared } from '../support/paths';
import { probesOf } from '../support/probes';
import { rejection } from '../support/rejection';
import { inTemporaryFolder, itInFolder } from '../support/temporaryFolder';
import { words } from '../support/words';

/** Public adapters, which may not be here, and those that are checked in. What is refused is in the matrix. */
const ADAPTERS: readonly string[] = [
  ...words`bert-seqcls distilgpt2-pipeline gemma3-270m-logo gpt2-tigrinya mlx-qwen25-05b opt-125m-bf16
    t5-small-summarizer`.map((name) => shared('adapters', name)),
  ...['adapter-mixed', 'adapter-benign'].map((name) => sample(name)),
  ...['gpt2-conv1d', 'gqa-sharded', 'rank-pattern'].map((name) => fixture('families', name, 'adapter')),
];
/** Base and aligned model are beside the adapters that are checked in. */
const hasModels = (adapter: string): boolean => !adapter.startsWith(shared());
/** Each method as its defaults have it, and what else changes which tensors are written. */
const CASES = METHODS.flatMap((method) =>
  [{}, ...(method.id === 'prune' ? [{ mode: 'zero' }] : [])].map((options) => ({ method, options })),
);

async function inspected(path: string): Promise<InspectResult & { readonly adapter: InspectedAdapter }> {
  const result = await inspect({ path }, CONTEXT);
  assert.ok(result.adapter);
  return { ...result, adapter: result.adapter };
}

async function requestFor(
  { method, options }: (typeof CASES)[number],
  adapter: string,
): Promise<RepairRequest> {
  const { path, adapter: read } = await inspected(adapter);
  const names = read.modules.map(({ module }) => module);
  const modules = method.needs.includes('selection') ? names.filter((_, index) => index % 3 === 1) : [];
  const [base, aligned] = ['base', 'aligned'].map((name) => join(adapter, '..', name));
  // Of the same model: the adapter itself.
  const safety = method.needs.includes('safety') ? { safety: adapter } : {};
  const passes = passNeeds([method]).length > 0 ? { passes: await passesOf(adapter) } : {};
  const results = method.needs.includes('fit') ? { fit: fitFor(method.id, path, names) } : {};
  return {
    ...{ adapter, method: method.id, options, modules, results, copyRest: false, ...safety, ...passes },
    ...(method.needs.includes('base') && base !== undefined ? { base } : {}),
    ...(method.needs.includes('aligned') && aligned !== undefined ? { aligned } : {}),
  };
}

const passFolders = new Map<string, string>();

async function passesOf(adapter: string): Promise<string> {
  const folder = passFolders.get(adapter) ?? (await passFolder(adapter));
  passFolders.set(adapter, folder);
  return folder;
}

after(async () => {
  for (const folder of passFolders.values()) await rm(folder, { recursive: true });
});

/** Of every five modules one is removed and one stays as it is. No module needs a larger rank. */
function fitFor(method: string, path: string, names: readonly string[]): FitDocument {
  const kinds = [
    [0, 1],
    [0.01, 0],
    [1, 1],
    [0, 0.75],
    [0.5, 0.5],
  ] as const;
  const gates = names.map((module, index) => {
    const [on, off] = kinds[index % kinds.length] ?? [1, 1];
    return method === 'gates' ? { module, on: off } : { module, on, off };
  });
  return fitOf(gates, { sha256: createHash('sha256').update(readFileSync(path)).digest('hex') });
}

/** What must hold for every method; a method adds tests of its own maths beside it. */
for (const one of CASES) {
  const { method, options } = one;
  const readsModels = method.needs.includes('base') || method.needs.includes('aligned');
  describe(`method ${method.id} ${JSON.stringify(options)}`, () => {
    const engine = suiteEngine();

    it('has a default for every option, and takes no other options', async () => {
      for (const [name, option] of Object.entries(method.options))
        assert.ok(option.accepts(option.default), name);
      const request = await requestFor(one, sample('adapter-mixed'));
      await rejection(engine.call('repair', { ...request, options: { 'no such option': 1 } }), 'bad-request');
    });

    if (method.needs.includes('fit')) {
      it('refuses gates that were fitted to other weights, and none', async () => {
        const request = await requestFor(one, sample('adapter-mixed'));
        const { fit } = request.results ?? {};
        assert.ok(fit);
        const other = { ...request, results: { fit: { ...fit, sha256: '00' } } };
        await rejection(engine.call('repair', other), 'bad-request', /fitted to other weights/);
        await rejection(engine.call('repair', { ...request, results: {} }), 'bad-request', /fitted gates/);
      });
    }

    if (passNeeds([method]).length > 0) {
      it('refuses passes of another adapter, and none', async () => {
        const request = await requestFor(one, sample('adapter-mixed'));
        const other = { ...request, passes: await passesOf(sample('adapter-benign')) };
        await rejection(engine.call('repair', other), 'bad-request', /made with another adapter/);
        const { passes: _passes, ...without } = request;
        await rejection(engine.call('repair', without), 'bad-request', /passes of prompts/);
      });
    }

    if (readsModels) {
      it('asks for the models that it needs', async () => {
        const request = await requestFor(one, sample('adapter-mixed'));
        const { base: _base, aligned: _aligned, ...without } = request;
        await rejection(engine.call('repair', without), 'bad-request');
      });
    }

    // Of large adapters, a Hessian takes minutes.
    const isSmallOnly = readsModels || method.needs.includes('hessian');
    for (const adapter of ADAPTERS.filter((path) => !isSmallOnly || hasModels(path))) {
      const test = adapter.startsWith(shared()) ? itWithRealAdapters : it;
      test(`${adapter.split(sep).slice(-2).join('/')}: other tensors byte for byte, provenance`, () =>
        inTemporaryFolder(async (folder) => {
          const request = { ...(await requestFor(one, adapter)), out: join(folder, 'out') };
          await writes(request, engine);
        }));
    }

    itInFolder('leaves nothing behind if it is cancelled', async (folder) => {
      await cp(sample('adapter-mixed'), join(folder, 'adapter'), { recursive: true });
      const abort = new AbortController();
      const request = {
        ...(await requestFor(one, sample('adapter-mixed'))),
        adapter: join(folder, 'adapter'),
      };
      const running = engine.call('repair', request, {
        signal: abort.signal,
        onEvent: () => abort.abort(),
      });
      await rejection(running, 'cancelled');
      assert.deepEqual(await readdir(folder), ['adapter']);
    });
  });
}

/** Compares what is written with the original through a reader that shares no code with ours. */
async function writes(request: RepairRequest, engine: Engine): Promise<void> {
  const original = await inspected(request.adapter);
  const bytes = readFileSync(original.path);
  const result = await engine.call('repair', request);
  const written = readFileSync(result.files[0]?.path ?? '');
  assert.equal(written.length, result.bytesAfter);
  assert.ok(readFileSync(original.path).equals(bytes));
  const changed = new Set(result.changed);
  assert.ok(changed.size > 0);
  // One after the other: the reader keeps state of its own.
  const [before, after] = [await readIndependently(bytes), await readIndependently(written)];
  const again = await inspected(result.out);
  const padded = new Set<string>();
  for (const [tensor, { shape, dtype }] of before.metadata) {
    if (changed.has(moduleOf(tensor))) continue;
    if (isPadded(moduleOf(tensor), original, again)) padded.add(moduleOf(tensor));
    if (padded.has(moduleOf(tensor))) continue;
    assert.deepEqual([after.metadata.get(tensor)?.shape, after.metadata.get(tensor)?.dtype], [shape, dtype]);
    assert.ok(Buffer.from(before.getTensor(tensor)).equals(Buffer.from(after.getTensor(tensor))), tensor);
  }
  const [probes, probesAgain] = [await probesOf(request.adapter), await probesOf(result.out)];
  for (const module of padded) {
    const [probe = NaN, probeAgain = NaN] = [probes.get(module), probesAgain.get(module)];
    assert.ok(Math.abs(probe - probeAgain) <= ROUNDING * Math.abs(probe), module);
  }
  const record = JSON.parse(again.metadata['splora'] ?? '{}') as { method?: string; source?: object };
  assert.equal(record.method, request.method);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const folder = basename(dirname(original.path));
  assert.deepEqual(record.source, { folder, file: basename(original.path), sha256 });
  if (request.method !== 'prune') return;
  const isZero = request.options['mode'] === 'zero';
  const scales = ({ adapter }: { readonly adapter: InspectedAdapter }): unknown[] =>
    adapter.modules
      .filter(({ module }) => isZero || !changed.has(module))
      .map(({ module, scale }) => [module, scale]);
  assert.deepEqual([...changed], request.modules);
  assert.deepEqual(scales(again), scales(original));
  for (const tensor of before.metadata.keys()) {
    const isGone = changed.has(moduleOf(tensor));
    assert.equal(after.metadata.has(tensor), isZero || !isGone, tensor);
    if (isZero && isGone && /lora_(B\.weight|b)$/.test(tensor))
      assert.ok(after.getTensor(tensor).every((byte) => byte === 0));
  }
}

/** Whether a module that stays has another rank, because all have one. */
function isPadded(module: string, ...both: readonly { readonly adapter: InspectedAdapter }[]): boolean {
  const ranks = both.map(({ adapter }) => adapter.modules.find((one) => one.module === module)?.rank);
  return ranks[0] !== ranks[1];
}

/** Of a scale that is folded into bf16. */
const ROUNDING = 0.01;

const moduleOf = (tensor: string): string =>
  tensor.replace(/^base_model\.model\./, '').replace(/\.(lora_[AB]\.weight|lora_[ab])$/, '');
