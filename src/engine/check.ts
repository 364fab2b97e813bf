import { checkLoad } from '../core/check/checkLoad';
import { checkCancelled } from '../io/ioError';
import { openAdapter } from '../io/openAdapter';
import { openCheckpoint } from '../io/openCheckpoint';
import type { CheckRequest, CheckResult } from '../protocol/engineApi';
import type { CallContext } from '../rpc/channel';

/**
 * Reports what loaders would do with an adapter. Reads no weights.
 * @throws SploraError those of `openAdapter` and `openCheckpoint`; `cancelled`
 */
export async function check(request: CheckRequest, { signal }: CallContext<never>): Promise<CheckResult> {
  checkCancelled(signal);
  const { adapter, configText, source } = await openAdapter(request.adapter);
  await source.close();
  const model = request.model === undefined ? undefined : await openCheckpoint(request.model);
  checkCancelled(signal);
  const input = {
    adapter,
    ...(configText === undefined ? {} : { configText }),
    ...(model === undefined ? {} : { model }),
  };
  return {
    adapter: adapter.weightsFile,
    model: model?.path ?? null,
    modules: adapter.modules.length,
    loaders: checkLoad(input, request.loaders),
  };
}
