import type { Adapter } from '../core/adapter/types';
import { locateParameter } from '../core/checkpoint/locate';
import type { Checkpoint } from '../core/checkpoint/types';
import { openByteSource, type ByteSource } from '../io/byteSource';
import { sameValues } from './sameTensor';

/**
 * Whether whole tensors of an adapter hold the values of the model's, by the name of the parameter. Tensors of another
 * shape, and those that the model does not have, are left out.
 * @throws SploraError those of `openByteSource`; 'io', 'cancelled'
 */
export async function compareWeights(
  { replacements, fanInFanOut }: Adapter,
  source: ByteSource,
  model: Checkpoint,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, boolean>> {
  const same = new Map<string, boolean>();
  for (const { name, tensor } of replacements) {
    const located = locateParameter(model, { name, shape: tensor.shape }, fanInFanOut);
    if ('missing' in located) continue;
    const { file, info } = located.found.weight;
    const other = await openByteSource(file);
    try {
      same.set(name, await sameValues([tensor, source], [info, other], signal));
    } finally {
      await other.close();
    }
  }
  return same;
}
