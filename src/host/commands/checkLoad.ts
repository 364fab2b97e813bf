import * as vscode from 'vscode';
import { formatError, toErrorData } from '../../core/errors';
import type { CheckResult } from '../../protocol/engineApi';
import { adapterLabel, translate } from '../format';
import type { OptionsOf } from '../commandTable';
import { showWarning } from '../errors/showError';
import { locateModel } from '../models/candidates';
import { placesOf } from '../models/modelSettings';
import { checkReport, loadWarning } from '../reports/checkReport';
import { runCommand } from '../runCommand';
import { checkAgainst } from './checkAgainst';
import { oneAdapter, type CommandRegistry } from './registry';
import type { Services } from './services';

export function registerCheckLoad(registry: CommandRegistry, services: Services): void {
  registry.add('checkLoad', oneAdapter({ title: vscode.l10n.t('Will It Load?') }), (adapter, { options }) =>
    checkLoad(services, adapter, options),
  );
}

/** @returns what each loader would do */
async function checkLoad(
  services: Services,
  adapter: string,
  options: OptionsOf<'checkLoad'>,
): Promise<CheckResult> {
  const model =
    options.model === undefined
      ? undefined
      : await locateModel(options.model, placesOf(services.settings, adapter));
  const result = await askLoadCheck(services, adapter, model === undefined ? {} : { model });
  const name = adapterLabel(adapter);
  const markdown = checkReport(result, name, translate);
  await services.reports.show(vscode.l10n.t('Will it load? {0}', name), markdown);
  return result;
}

export interface LoadCheckOptions {
  /** Default: the aligned model of the adapter's result, else the one chosen for it or named by its config, else none. */
  readonly model?: string;
  readonly signal?: AbortSignal;
}

/** What loaders would do with the files of an adapter. @throws SploraError of the engine's `check` */
export async function askLoadCheck(
  services: Services,
  adapter: string,
  options: LoadCheckOptions,
): Promise<CheckResult> {
  const call = options.signal === undefined ? undefined : { signal: options.signal };
  return checkAgainst(
    adapter,
    {
      chosen: async () =>
        options.model ??
        services.store.get(adapter)?.document?.aligned ??
        (await services.chooser.known(adapter)).aligned,
      named: async () => (await services.chooser.known(adapter)).hint?.path,
    },
    {
      check: (request) => services.engine.call('check', request, call),
      onUnusable: (error) => services.log.warn(`The model that the adapter names: ${formatError(error)}`),
    },
  );
}

/** Warns if a loader would not load all of a written adapter. If the check fails, that is only logged. */
export async function warnIfNotLoaded(
  services: Services,
  adapter: string,
  model: string | undefined,
): Promise<void> {
  try {
    const request = { adapter, ...(model === undefined ? {} : { model }) };
    const { loaders } = await services.engine.call('check', request);
    const message = loadWarning(loaders, adapterLabel(adapter), translate);
    if (message === undefined) return;
    const run = (): unknown => runCommand('checkLoad', adapter, model === undefined ? {} : { model });
    showWarning(services.log, message, [{ label: vscode.l10n.t('Will It Load?'), run }]);
  } catch (thrown) {
    services.log.warn(`The written adapter could not be checked: ${formatError(toErrorData(thrown))}`);
  }
}
