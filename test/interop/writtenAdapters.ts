import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FitDocument } from '../../src/core/results/fit/types';
import type { Engine } from '../../src/engine/client';
import { methodOf, modelNeeds } from '../../src/methods';
import { tiny } from '../engine/evaluation/support';
import { startTestEngine } from '../support/engine';
import { fitOf } from '../support/fitDocument';

/** Of methods, for the adapter as its own safety adapter, and of random weights: what changes something. */
export const CHANGING_OPTIONS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  fuse: { taskWeight: 1 },
  merge: { cosine: 1, taskWeight: 1 },
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
