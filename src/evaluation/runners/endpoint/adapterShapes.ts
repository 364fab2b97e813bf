import { isAbsolute } from 'node:path';
import { otherShapes } from '../../../core/check/model';
import type { Checkpoint } from '../../../core/checkpoint/types';
import { SploraError } from '../../../core/errors';
import { say, type Message } from '../../../core/message';
import { displayName } from '../../../core/safetensors/displayName';
import { findInHubCache } from '../../../io/hubCache';
import { statIfThere } from '../../../io/ioError';
import { openAdapter } from '../../../io/openAdapter';
import { openCheckpoint } from '../../../io/openCheckpoint';
import type { Variant } from '../types';

export interface ModelNames {
  /** How the server calls its model; a relative path would start from its folder, not from ours. */
  readonly servers: readonly string[];
  /** How the user calls it. */
  readonly users: string;
}

/**
 * Compares adapters with the model that they are going to be loaded onto, where it is on this machine: servers load an
 * adapter of a smaller model without an error, and answer with something else.
 * @param names the first that is here counts
 * @param variants with adapters that are here
 * @returns why nothing was compared; empty also where the model is elsewhere
 * @throws SploraError 'wrong-models' with names and shapes; those of `openAdapter`
 */
export async function checkShapes(
  names: ModelNames,
  variants: readonly Variant[],
): Promise<readonly Message[]> {
  const name = await firstHere(names);
  if (name === undefined) return [];
  let model: Checkpoint;
  try {
    model = await openCheckpoint(name);
  } catch (thrown) {
    if (!(thrown instanceof SploraError)) throw thrown;
    return [
      say('The shapes of adapters were not compared with {0}: {1}', displayName(name), thrown.data.message),
    ];
  }
  for (const variant of variants) await checkVariant(variant, model);
  return [];
}

async function firstHere({ servers, users }: ModelNames): Promise<string | undefined> {
  for (const name of [...servers, users]) {
    const isPath = name === users || isAbsolute(name);
    if (isPath && (await statIfThere(name))?.isDirectory() === true) return name;
    if ((await findInHubCache(name, process.env)) !== undefined) return name;
  }
  return undefined;
}

async function checkVariant({ id, adapter: path }: Variant, model: Checkpoint): Promise<void> {
  if (path === null) return;
  const { adapter, source } = await openAdapter(path);
  await source.close();
  const others = otherShapes({ adapter, model });
  if (others === undefined) return;
  throw new SploraError({
    code: 'wrong-models',
    message: say('Variant {0} does not fit the model: {1}', displayName(id), others[0]),
    file: adapter.weightsFile,
    advice: say('Choose the model that the adapter was trained on.'),
  });
}
