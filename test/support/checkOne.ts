import { readLooseAdapter } from '../../src/core/adapter/looseAdapter';
import type { Adapter } from '../../src/core/adapter/types';
import { checkLoad } from '../../src/core/check/checkLoad';
import type { CheckInput, Loader, LoaderCheck } from '../../src/core/check/types';
import type { Checkpoint } from '../../src/core/checkpoint/types';
import { headerOf, PAIRS } from './adapterFixture';
import { english } from './english';
import type { TestTensor } from './safetensorsBytes';

/** A check that found nothing. */
export const CLEAN_CHECK: LoaderCheck = {
  loader: 'peft',
  version: '0.21',
  verdict: 'same',
  attached: [],
  altered: [],
  silent: [],
  unsure: [],
  findings: [],
};

/** What one loader does with the adapter. */
export function checkOne(loader: Loader, input: CheckInput): LoaderCheck {
  const [check] = checkLoad(input, [loader]);
  if (check === undefined) throw new Error('no check');
  return check;
}

/**
 * Tells what one loader does with an adapter of a config, by default of pairs of `Q` and `V`; `changed` is what differs
 * in the adapter as it was read.
 */
export const checkerOf =
  (loader: Loader) =>
  (
    config: object | undefined,
    tensors: readonly TestTensor[] = PAIRS,
    model?: Checkpoint,
    changed: Partial<Adapter> = {},
    versions: NonNullable<CheckInput['versions']> = {},
  ): LoaderCheck => {
    const loose = readLooseAdapter({
      weightsFile: '/test/adapter_model.safetensors',
      header: headerOf(tensors),
      ...(config === undefined
        ? {}
        : { configFile: '/test/adapter_config.json', configText: JSON.stringify(config) }),
    });
    const adapter = { ...loose.adapter, ...changed };
    return checkOne(loader, { ...loose, adapter, versions, ...(model === undefined ? {} : { model }) });
  };

/** The messages of its findings, or of those that are errors. */
export function messages({ findings }: LoaderCheck, only?: 'error'): string {
  const told = findings.filter(({ severity }) => only === undefined || severity === only);
  return told.map(({ message }) => english(message)).join('\n');
}
