import assert from 'node:assert/strict';
import type { Loader } from '../../../src/core/check/types';
import { check } from '../../../src/engine/check';
import type { CallContext } from '../../../src/rpc/channel';
import { hasTruth, truthOf } from '../../support/loaderTruth';
import { shared } from '../../support/paths';

const context: CallContext<never> = { signal: new AbortController().signal, emit: () => undefined };

/** What real loaders did with small adapters (`../shared/loaders/README.md`), and what the check says. */
function compares(loader: Loader): void {
  const title = `says what ${loader} did with every case`;
  if (!hasTruth) {
    it.skip(`${title} [skipped: needs ../shared/loaders beside this checkout]`);
    return;
  }
  it(title, async () => {
    const model = shared('loaders', 'base');
    const cases = truthOf(loader);
    const said: string[] = [];
    for (const { name, folder } of cases) {
      const { loaders } = await check({ adapter: folder, model, loaders: [loader] }, context);
      said.push(`${name}: ${String(loaders[0]?.verdict)}`);
    }
    assert.deepEqual(
      said,
      cases.map(({ name, verdict }) => `${name}: ${verdict}`),
    );
  });
}

describe('check, against what the real loaders did', () => {
  for (const loader of ['peft', 'transformers', 'vllm', 'mlx'] as const) compares(loader);
});
