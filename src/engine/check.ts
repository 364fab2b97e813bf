import { checkLoad } from '../core/check/checkLoad';
import { checkCancelled } from '../io/ioError';
import { openAdapter } from '../io/openAdapter';
import { openCheckpoint } from '../io/openCheckpoint';
import type { CheckRequest, CheckResult } from '../protocol/engineApi';
import type { CallContext } from '../rpc/channel';
import { defined } from '../core/record';

/**
 * Reports what loaders would do with an adapter. Reads no weights.
 * @throws SploraError those of `openAdapter` and `openCheckpoint`; `cancelled`
 */
export async function check(request: CheckRequest, { signal }: CallContext<never>): Promise<CheckResult> {
  checkCancelled(signal);
  const { adapter, source } = await openAdapter(request.adapter);
  await source.close();
  const model = request.model === undefined ? undefined : await openCheckpoint(request.model);
  checkCancelled(signal);
  return {
    adapter: adapter.weightsFile,
    model: model?.path ?? null,
    modules: adapter.modules.length,
    loaders: checkLoad({ adapter, ...defined({ model }) }, request.loaders),
  };
}
