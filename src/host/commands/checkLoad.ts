import * as vscode from 'vscode';
import { formatError, toErrorData } from '../../core/errors';
import type { CheckResult } from '../../protocol/engineApi';
import { adapterLabel, translate } from '../format';
import { COMMANDS } from '../ids';
import { locateModel } from '../models/candidates';
import { placesOf } from '../models/modelSettings';
import { parseSetting } from '../settingDefinitions';
import { checkAgainst } from './checkAgainst';
import { checkReport, loadWarning } from './checkReport';
import { showWarning } from './errors';
import { checkOptions } from './options';
import { pickAdapter } from './pickAdapter';
import type { CommandRegistry } from './register';
import type { ReportDocuments } from './reportDocuments';
import type { Services } from './services';
import { givenOptions, type CommandArguments } from './targets';

export function registerCheckLoad(
  registry: CommandRegistry,
  services: Services,
  reports: ReportDocuments,
): void {
  registry.add(COMMANDS.checkLoad, { needsTrust: true }, (args) => checkLoad(services, reports, args));
}

/** Options of a caller: `{model}`. @returns what each loader would do, or undefined when the person turned away */
async function checkLoad(
  services: Services,
  reports: ReportDocuments,
  args: CommandArguments,
): Promise<CheckResult | undefined> {
  const options = givenOptions(args);
  checkOptions(options, ['model']);
  const adapter = await pickAdapter(services, args, { title: vscode.l10n.t('Will It Load?') });
  if (adapter === undefined) return undefined;
  const spec = parseSetting('models.aligned', options?.['model']);
  const model =
    spec === undefined ? undefined : await locateModel(spec, placesOf(services.settings, adapter));
  const result = await askLoadCheck(services, adapter, model === undefined ? {} : { model });
  const name = adapterLabel(adapter);
  const markdown = checkReport(result, name, translate);
  await reports.show(vscode.l10n.t('Will it load? {0}', name), markdown);
  return result;
}

export interface LoadCheckOptions {
  /** Absent: the aligned model of the adapter's result, else the one chosen for it or named by its config, else none. */
  readonly model?: string;
  readonly signal?: AbortSignal;
}

/** What loaders would do with an adapter as it lies on disk. Errors: those of the engine's `check`. */
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

/**
 * Looks whether loaders would take a written adapter whole, and offers the report where one would not. A check that
 * fails is logged only: the adapter is written.
 */
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
    const run = (): unknown =>
      vscode.commands.executeCommand(
        COMMANDS.checkLoad,
        vscode.Uri.file(adapter),
        model === undefined ? {} : { model },
      );
    showWarning(services.log, message, [{ label: vscode.l10n.t('Will It Load?'), run }]);
  } catch (thrown) {
    services.log.warn(`The written adapter could not be checked: ${formatError(toErrorData(thrown))}`);
  }
}
