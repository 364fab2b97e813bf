import * as vscode from 'vscode';
import { LOADERS } from '../../core/check/types';
import { formatError, toErrorData } from '../../core/errors';
import type { CheckRequest, CheckResult } from '../../protocol/engineApi';
import { adapterLabel, translate } from '../format';
import type { OptionsOf } from '../commandTable';
import { notify } from '../errors/showError';
import { locateModel } from '../models/findModels';
import { placesOf } from '../models/modelChooser';
import { checkReport, loadWarning } from '../reports/checkReport';
import { runCommand } from '../runCommand';
import type { Invocation } from './call';
import type { Services } from '../services';

/** @returns what each loader would do */
export async function checkLoad(
  services: Services,
  adapter: string,
  { options }: Invocation<OptionsOf<'checkLoad'>>,
): Promise<CheckResult> {
  const model =
    options.model === undefined
      ? undefined
      : await locateModel(options.model, placesOf(services.settings, adapter));
  const result = await askLoadCheck(services, adapter, model);
  const name = adapterLabel(adapter);
  const markdown = checkReport(result, name, translate);
  await services.reports.show(vscode.l10n.t('Will it load? {0}', name), markdown);
  return result;
}

/**
 * What all loaders would do with the files of an adapter. Without a model: the aligned one of its result, else the one chosen
 * for it, else the one that its config names; if that cannot be read, none.
 * @throws SploraError of the engine's `check`
 */
export async function askLoadCheck(
  { chooser, engine, log, store }: Services,
  adapter: string,
  model?: string,
  signal?: AbortSignal,
): Promise<CheckResult> {
  const check = (request: CheckRequest): Promise<CheckResult> =>
    engine.call('check', { ...request, loaders: LOADERS }, signal === undefined ? undefined : { signal });
  const analyzedWith = model ?? store.get(adapter)?.document?.aligned;
  if (analyzedWith !== undefined) return check({ adapter, model: analyzedWith });
  const { aligned, hint } = await (await chooser()).known(adapter);
  if (aligned !== undefined) return check({ adapter, model: aligned });
  if (hint?.path === undefined) return check({ adapter });
  try {
    return await check({ adapter, model: hint.path });
  } catch (thrown) {
    const error = toErrorData(thrown);
    if (error.code === 'cancelled') throw thrown;
    log.warn(`The model that the adapter names: ${formatError(error)}`);
    return check({ adapter });
  }
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
    notify('Warning', services.log, message, [{ label: vscode.l10n.t('Will It Load?'), run }]);
  } catch (thrown) {
    services.log.warn(`The written adapter could not be checked: ${formatError(toErrorData(thrown))}`);
  }
}
