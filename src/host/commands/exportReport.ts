import * as path from 'node:path';
import * as vscode from 'vscode';
import type { AnalysisDocument } from '../../core/report/analysis';
import { RESULT_KINDS } from '../../core/results';
import { writeFileAtomically } from '../../io/atomicWrite';
import type { ExportFormat } from '../../protocol/panel';
import type { OptionsOf } from '../commandTable';
import { notify } from '../errors/showError';
import { adapterLabel } from '../format';
import { pickRow, type Row } from '../windowText';
import type { Invocation } from './call';
import type { Services } from '../services';
import { settledResult } from './settledResult';
import { reveal } from './repair';
import { say } from '../../core/message';

/** @returns the report; undefined: the user canceled */
export async function exportReport(
  services: Services,
  adapter: string,
  call: Invocation<OptionsOf<'exportReport'>>,
): Promise<vscode.Uri | undefined> {
  const { options } = call;
  const { document, stale } = await settledResult(services, adapter, call, vscode.l10n.t('Export Anyway'));
  const state = services.store.get(adapter);
  const format = options.format ?? (await askFormat(adapter));
  if (state === undefined || format === undefined) return undefined;
  const out = options.out ?? (await askFile(adapter, format));
  if (out === undefined) return undefined;
  // The save dialog has asked whether to replace a file.
  const replace = options.out === undefined || options.overwrite === true;
  const { selection, verdicts } = state;
  const shown = withStale(state.document ?? document, stale);
  const text = await RESULT_KINDS.analysis.exports[format].text(shown, { selection, verdicts });
  await writeFileAtomically(out, text, { replace });
  const written = vscode.Uri.file(out);
  notify('Information', services.log, vscode.l10n.t('{0} was written.', path.basename(out)), [
    { label: vscode.l10n.t('Open'), run: () => vscode.commands.executeCommand('vscode.open', written) },
    { label: vscode.l10n.t('Reveal'), run: () => reveal(written) },
  ]);
  return written;
}

/** Says in the report that scores are out of date, if its format has notes. */
function withStale(document: AnalysisDocument, stale: string | null): AnalysisDocument {
  return stale === null
    ? document
    : { ...document, notes: [say('The scores are out of date: {0}.', stale), ...document.notes] };
}

async function askFormat(adapter: string): Promise<ExportFormat | undefined> {
  const items: readonly (Row & { readonly format: ExportFormat })[] = [
    { format: 'json', label: 'JSON', description: vscode.l10n.t('the whole result, for programs') },
    { format: 'csv', label: 'CSV', description: vscode.l10n.t('one row for each module') },
    { format: 'markdown', label: 'Markdown', description: vscode.l10n.t('a report to read and share') },
    { format: 'svg', label: 'SVG', description: vscode.l10n.t('the heat map as a picture') },
    { format: 'sarif', label: 'SARIF', description: vscode.l10n.t('findings for code scanning') },
  ];
  const title = vscode.l10n.t('SPLoRA: Export Report for {0}', adapterLabel(adapter));
  const placeHolder = vscode.l10n.t('Which format?');
  return (await pickRow(items, { title, placeHolder }))?.format;
}

async function askFile(adapter: string, format: ExportFormat): Promise<string | undefined> {
  const folder = path.dirname(adapter);
  const { extension } = RESULT_KINDS.analysis.exports[format];
  const name = `${path.basename(folder)}-scores.${extension}`;
  const uri = await vscode.window.showSaveDialog({
    title: vscode.l10n.t('Export Report'),
    defaultUri: vscode.Uri.file(path.join(path.dirname(folder), name)),
    filters: { [format.toUpperCase()]: [extension] },
  });
  return uri?.fsPath;
}
