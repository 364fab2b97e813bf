import { checkLoad } from '../core/check/checkLoad';
import { loaderDifferences } from '../core/check/differences';
import { defined } from '../core/record';
import { checkCancelled } from '../io/ioError';
import { openAdapterWeights, readOpenedLoosely } from '../io/openAdapter';
import { openCheckpoint } from '../io/openCheckpoint';
import type { CheckRequest, CheckResult } from '../protocol/engineApi';
import type { CallContext } from '../rpc/channel';
import { compareWeights } from './sameWeights';

/**
 * Reports what loaders would do with an adapter. Reads no weights, except whole tensors of the adapter that may be copies
 * of those of the model.
 * @throws SploraError those of `openAdapterWeights`, `readLooseAdapter` and `openCheckpoint`; `cancelled`
 */
export async function check(request: CheckRequest, { signal }: CallContext<never>): Promise<CheckResult> {
  checkCancelled(signal);
  const opened = await openAdapterWeights(request.adapter, 'pickle too');
  try {
    const { adapter, faults, invalidFields } = await readOpenedLoosely(opened);
    const model =
      request.model === undefined ? undefined : await openCheckpoint(request.model, { quantized: true });
    // Of a pickle only names and shapes are known.
    const isComparable = model !== undefined && adapter.header.dataStart > 0;
    const sameWeights = isComparable
      ? await compareWeights(adapter, opened.source, model, signal)
      : undefined;
    checkCancelled(signal);
    const input = { adapter, faults, invalidFields };
    const { versions } = request;
    const loaders = checkLoad({ ...input, ...defined({ model, sameWeights, versions }) }, request.loaders);
    return {
      adapter: adapter.weightsFile,
      model: model?.path ?? null,
      modules: adapter.modules.length,
      loaders,
      differences: loaderDifferences(loaders),
    };
  } finally {
    await opened.source.close();
  }
}
