import assert from 'node:assert/strict';
import { check } from '../../../src/engine/check';
import type { CallContext } from '../../../src/rpc/channel';
import { expertTruth, hasTruth, truthOf, type TruthCase } from '../../support/loaderTruth';
import { shared } from '../../support/paths';

const context: CallContext<never> = { signal: new AbortController().signal, emit: () => undefined };

/** What real loaders did with small adapters (`../shared/loaders/README.md`), and what the check says. */
function compares(title: string, casesOf: () => readonly TruthCase[], model: string): void {
  if (!hasTruth) {
    it.skip(`${title} [skipped: needs ../shared/loaders beside this checkout]`);
    return;
  }
  it(title, async () => {
    const cases = casesOf();
    const said: string[] = [];
    for (const { name, folder, loader } of cases) {
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
  for (const loader of ['peft', 'transformers', 'vllm', 'mlx'] as const) {
    const title = `says what ${loader} did with every case`;
    compares(title, () => truthOf(loader), shared('loaders', 'base'));
  }
  for (const family of ['mixtral', 'qwen3moe'] as const) {
    const title = `says what PEFT did with experts of ${family}`;
    compares(title, () => expertTruth(family), shared('loaders', 'moe', family, 'base'));
  }
});
