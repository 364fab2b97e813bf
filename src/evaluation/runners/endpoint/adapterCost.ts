import type { VariantCost } from '../../../core/results/evaluation/types';
import { statIfThere } from '../../../io/ioError';
import { openAdapter } from '../../../io/openAdapter';

/** Bytes and multiply-adds of an adapter on this machine; nothing for the model alone; undefined for a name on a server. */
export async function adapterCost(adapter: string | null): Promise<VariantCost | undefined> {
  if (adapter === null) return { bytes: 0, multiplyAdds: 0 };
  if ((await statIfThere(adapter)) === undefined || adapter.endsWith('.gguf')) return undefined;
  const { adapter: read, source } = await openAdapter(adapter);
  await source.close();
  return {
    bytes: [...read.header.tensors.values()].reduce((sum, { byteLength }) => sum + byteLength, 0),
    multiplyAdds: read.modules.reduce((sum, { rank, shape: [out, into] }) => sum + rank * (into + out), 0),
  };
}
