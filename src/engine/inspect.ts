import { bytesOfModules, unscoredTensors } from '../core/adapter/carried';
import type { Adapter } from '../core/adapter/types';
import { SploraError } from '../core/errors';
import { checkCancelled } from '../io/ioError';
import { openAdapterWeights, readOpened, type OpenedWeights } from '../io/openAdapter';
import type { InspectedAdapter, InspectRequest, InspectResult } from '../protocol/engineApi';
import type { CallContext } from '../rpc/channel';

/** Lists the tensors of a .safetensors file and, if it is an adapter, its modules; if not, `declined` says why. */
export async function inspect(
  request: InspectRequest,
  { signal }: CallContext<never>,
): Promise<InspectResult> {
  checkCancelled(signal);
  const opened = await openAdapterWeights(request.path, 'any weights');
  try {
    const { header, files } = opened;
    return {
      path: files.weightsFile,
      fileSize: header.fileSize,
      metadata: Object.fromEntries(header.metadata),
      tensors: [...header.tensors.values()].map(({ name, dtype, shape, byteLength }) => ({
        name,
        dtype,
        shape,
        bytes: byteLength,
      })),
      ...(await readOrDecline(opened)),
    };
  } finally {
    await opened.source.close();
  }
}

async function readOrDecline(opened: OpenedWeights): Promise<Pick<InspectResult, 'adapter' | 'declined'>> {
  try {
    return { adapter: summarize(await readOpened(opened)), declined: null };
  } catch (error) {
    if (!(error instanceof SploraError)) throw error;
    return { adapter: null, declined: error.data };
  }
}

function summarize(adapter: Adapter): InspectedAdapter {
  const bytesOf = bytesOfModules(adapter);
  return {
    family: adapter.family,
    alignedHint: adapter.alignedHint ?? null,
    modules: adapter.modules.map((module) => ({
      module: module.name,
      shape: module.shape,
      rank: module.rank,
      scale: module.scale,
      dtype: module.a.dtype,
      bytes: bytesOf(module),
      unsupported: module.unsupported ?? null,
    })),
    replacements: adapter.replacements.map(({ name, tensor: { shape, dtype, byteLength } }) => ({
      module: name,
      shape,
      dtype,
      bytes: byteLength,
    })),
    carried: unscoredTensors(adapter).map(({ tensor, reason }) => ({ tensor: tensor.name, reason })),
    notes: adapter.notes,
  };
}
