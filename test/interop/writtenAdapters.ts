import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FitDocument } from '../../src/core/results/fit/types';
import type { Engine } from '../../src/engine/client';
import { methodOf, modelNeeds, passNeeds } from '../../src/methods';
import type { RepairMethod } from '../../src/methods/types';
import type { RepairRequest } from '../../src/protocol/engineApi';
import { tiny } from '../engine/evaluation/support';
import { startTestEngine } from '../support/engine';
import { fitOf } from '../support/fitDocument';
import { passFolder } from '../support/passFolder';

/** Of methods, for the adapter as its own safety adapter, and of random weights: what changes something. */
const CHANGING_OPTIONS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  fuse: { taskWeight: 1 },
  merge: { cosine: 1, taskWeight: 1 },
  // Most modules have 32 outputs or fewer, of which the default would leave nothing.
  constrain: { directions: 1 },
};

/** Some modules need twice the rank, some none, one is removed. */
export async function fitFor(
  method: string,
  adapter: string,
  names: readonly string[],
): Promise<FitDocument> {
  const kinds = [
    [0.25, 0.75],
    [0, 0.5],
    [0, 0],
    [1, 1],
    [0.5, 0.5],
  ] as const;
  const gates = names.map((module, index) => {
    const [on, off] = kinds[index % kinds.length] ?? [1, 1];
    return method === 'gates' ? { module, on: off } : { module, on, off };
  });
  const bytes = await readFile(join(adapter, 'adapter_model.safetensors'));
  return fitOf(gates, { sha256: createHash('sha256').update(bytes).digest('hex') });
}

/** A random family in a folder: `adapter` with the models `base` and `aligned`. */
export interface Family {
  readonly folder: string;
  readonly adapter: string;
  readonly base: string;
  readonly aligned: string;
  /** Modules of the adapter. */
  readonly names: readonly string[];
  /** Those that a selection takes. */
  readonly selected: readonly string[];
}

/** Repairs an adapter by a method, which gets all that it needs and changes something. */
export async function requestBy(
  method: RepairMethod,
  { folder, adapter, names, selected, ...models }: Family,
): Promise<RepairRequest> {
  return {
    ...{ adapter, method: method.id, options: CHANGING_OPTIONS[method.id] ?? {}, copyRest: false },
    modules: method.needs.includes('selection') ? selected : [],
    ...Object.fromEntries(modelNeeds(method).map((need) => [need, models[need]])),
    ...(method.needs.includes('fit') ? { results: { fit: await fitFor(method.id, adapter, names) } } : {}),
    ...(method.needs.includes('safety') ? { safety: adapter } : {}),
    ...(passNeeds([method]).length > 0 ? { passes: await passFolder(adapter, folder) } : {}),
  };
}

/** The methods of a repair by measurement. */
export const WRITTEN = ['cut', 'gates', 'split-gates'] as const;

/** Repairs the tiny family's adapter by each of these methods. @returns the folders, in `folder` */
export async function writeAdapters(folder: string, methods: readonly string[]): Promise<readonly string[]> {
  const engine = startTestEngine();
  try {
    const written: string[] = [];
    for (const method of methods) written.push(await writeBy(method, folder, engine));
    return written;
  } finally {
    await engine.dispose();
  }
}

async function writeBy(method: string, folder: string, engine: Engine): Promise<string> {
  const adapter = tiny('adapter-mixed');
  const { adapter: read } = await engine.call('inspect', { path: adapter });
  const needsFit = methodOf(method).needs.includes('fit');
  const fit = await fitFor(method, adapter, read?.modules.map(({ module }) => module) ?? []);
  const models = Object.fromEntries(modelNeeds(methodOf(method)).map((need) => [need, tiny(need)]));
  const { out } = await engine.call('repair', {
    ...{ adapter, method, options: {}, modules: [], copyRest: false, out: join(folder, method) },
    ...(needsFit ? { results: { fit } } : {}),
    ...models,
  });
  return out;
}
