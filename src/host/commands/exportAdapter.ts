import * as path from 'node:path';
import * as vscode from 'vscode';
import { badRequest } from '../../core/errors';
import { EXPORT_TARGETS, FOR_OPTION, TARGETS, type ExportTarget } from '../../core/export/targets';
import { render, say } from '../../core/message';
import { adviceFor } from '../../core/options';
import { defined } from '../../core/record';
import { formatBytes } from '../../core/report/scores';
import type { ExportResult } from '../../protocol/engineApi';
import type { OptionsOf } from '../commandTable';
import { notify } from '../errors/showError';
import { adapterLabel, formatCount, messageText } from '../format';
import { locateModel } from '../models/findModels';
import { placesOf } from '../models/modelChooser';
import { askPlace } from '../questions/askRepair';
import { pickRow, withProgress } from '../windowText';
import type { Invocation } from './call';
import { reveal } from './repair';
import type { Services } from '../services';

/**
 * Writes an adapter for a loader; a user is asked which one, and where.
 * @returns undefined: the user canceled
 * @throws SploraError of the engine's `export`; `bad-request` for a program that names no loader
 */
export async function exportAdapter(
  services: Services,
  adapter: string,
  { options, caller }: Invocation<OptionsOf<'exportAdapter'>>,
): Promise<ExportResult | undefined> {
  if (options.for === undefined && caller === 'program')
    throw badRequest(say('There is no loader to write the adapter for.'), adviceFor(FOR_OPTION));
  const target = options.for ?? (await askLoader(adapter));
  if (target === undefined) return undefined;
  const title = vscode.l10n.t('SPLoRA: Export {0} for {1}', adapterLabel(adapter), TARGETS[target].title);
  const place =
    caller === 'program' ? { out: options.out } : await askPlace(adapter, title, { suffix: target });
  if (place === undefined) return undefined;
  const copyRest = options.copyRest ?? services.settings.get('prune.copyRest', vscode.Uri.file(adapter));
  const model = await modelFor(services, adapter, target, options.model);
  const request = { adapter, target, copyRest, ...defined({ model, out: place.out ?? options.out }) };
  const result = await withProgress(vscode.l10n.t('SPLoRA: writing the adapter'), (how) =>
    services.engine.call('export', request, how),
  );
  for (const note of result.notes) services.log.warn(render(note));
  const folder = vscode.Uri.file(result.out);
  notify('Information', services.log, writtenText(result), [
    { label: vscode.l10n.t('Reveal'), run: () => reveal(folder) },
  ]);
  return result;
}

async function askLoader(adapter: string): Promise<ExportTarget | undefined> {
  const rows = EXPORT_TARGETS.map((target) => ({
    target,
    label: TARGETS[target].title,
    detail: vscode.l10n.t(TARGETS[target].summary),
  }));
  const title = vscode.l10n.t('SPLoRA: Export {0}', adapterLabel(adapter));
  return (await pickRow(rows, { title, placeHolder: vscode.l10n.t('For which loader?') }))?.target;
}

/** The model that was given, else one that is known for the adapter, if the loader's files depend on it. */
async function modelFor(
  { chooser, settings, store }: Services,
  adapter: string,
  target: ExportTarget,
  given: string | undefined,
): Promise<string | undefined> {
  if (given !== undefined) return locateModel(given, placesOf(settings, adapter));
  if (TARGETS[target].needsModel !== true) return undefined;
  const analyzedWith = store.get(adapter)?.document?.aligned;
  if (analyzedWith !== undefined) return analyzedWith;
  const { aligned, hint } = await (await chooser()).known(adapter);
  return aligned ?? hint?.path;
}

function writtenText({ target, out, modules, bytesAfter, notes }: ExportResult): string {
  const written = vscode.l10n.t(
    '{0} was written for {1}: {2} modules, {3}.',
    path.basename(out),
    TARGETS[target].title,
    formatCount(modules),
    formatBytes(bytesAfter),
  );
  return [written, ...notes.map(messageText)].join(' ');
}
