import * as path from 'node:path';
import * as vscode from 'vscode';
import type { AnalysisDocument } from '../../core/report/analysis';
import { writeFileAtomically } from '../../io/atomicWrite';
import { EXPORT_FORMATS, type ExportFormat } from '../../protocol/panel';
import { adapterLabel } from '../format';
import { COMMANDS } from '../ids';
import type { AdapterState } from '../state/types';
import { pickRow, type Row } from '../windowText';
import { showInformation } from './errors';
import { checkOptions } from './options';
import { pickAdapter } from './pickAdapter';
import type { CommandRegistry } from './register';
import type { Services } from './services';
import { settledResult } from './staleResult';
import { givenOptions, type CommandArguments } from './targets';
import { reveal } from './writePruned';
import { say } from '../../core/message';

export function registerExportReport(registry: CommandRegistry, services: Services): void {
  registry.add(COMMANDS.exportReport, { needsTrust: true }, (args) => exportReport(services, args));
}

const EXTENSIONS: Readonly<Record<ExportFormat, string>> = {
  json: 'json',
  csv: 'csv',
  markdown: 'md',
  svg: 'svg',
  sarif: 'sarif',
};

/**
 * Options of a caller: `{format, out, overwrite, stale}` (for `stale` see `settledResult`). A file that exists is only
 * replaced with `overwrite: true`.
 * @throws SploraError `bad-request` for an option that there is not, or a value that it does not take
 * @returns where the report was written
 */
async function exportReport(services: Services, args: CommandArguments): Promise<vscode.Uri | undefined> {
  const options = givenOptions(args);
  checkOptions(options, ['format', 'out', 'overwrite', 'stale', 'base', 'aligned', 'models']);
  const title = vscode.l10n.t('Export Report');
  const adapter = await pickAdapter(services, args, { title, filter: (state) => state.document !== null });
  if (adapter === undefined) return undefined;
  const { stale } = await settledResult(services, adapter, args, vscode.l10n.t('Export Anyway'));
  const state = services.store.get(adapter);
  const document = state?.document ?? null;
  const format = EXPORT_FORMATS.find((one) => one === options?.['format']) ?? (await askFormat(adapter));
  if (state === undefined || document === null || format === undefined) return undefined;
  const given = options?.['out'];
  const out = typeof given === 'string' ? given : await askFile(adapter, format);
  if (out === undefined) return undefined;
  // The save dialog has asked whether to replace a file.
  const replace = given === undefined || options?.['overwrite'] === true;
  await writeFileAtomically(out, await render(format, state, withStale(document, stale)), { replace });
  const written = vscode.Uri.file(out);
  showInformation(services.log, vscode.l10n.t('{0} was written.', path.basename(out)), [
    { label: vscode.l10n.t('Open'), run: () => vscode.commands.executeCommand('vscode.open', written) },
    { label: vscode.l10n.t('Reveal'), run: () => reveal(written) },
  ]);
  return written;
}

/** A report outlives the window that marks scores as stale: it says so itself, where its format has notes. */
function withStale(document: AnalysisDocument, stale: string | null): AnalysisDocument {
  return stale === null
    ? document
    : { ...document, notes: [say('The scores are of earlier files: {0}.', stale), ...document.notes] };
}

async function askFormat(adapter: string): Promise<ExportFormat | undefined> {
  const items: readonly (Row & { readonly format: ExportFormat })[] = [
    { format: 'json', label: 'JSON', description: vscode.l10n.t('the whole result, for programs') },
    { format: 'csv', label: 'CSV', description: vscode.l10n.t('one row for each module') },
    { format: 'markdown', label: 'Markdown', description: vscode.l10n.t('a report to read and share') },
    { format: 'svg', label: 'SVG', description: vscode.l10n.t('the heat map as a picture') },
    { format: 'sarif', label: 'SARIF', description: vscode.l10n.t('findings for code scanning') },
  ];
  const title = vscode.l10n.t('SPLoRA: Export Report of {0}', adapterLabel(adapter));
  const placeHolder = vscode.l10n.t('In which format?');
  return (await pickRow(items, { title, placeHolder }))?.format;
}

async function askFile(adapter: string, format: ExportFormat): Promise<string | undefined> {
  const folder = path.dirname(adapter);
  const name = `${path.basename(folder)}-scores.${EXTENSIONS[format]}`;
  const uri = await vscode.window.showSaveDialog({
    title: vscode.l10n.t('Export Report'),
    defaultUri: vscode.Uri.file(path.join(path.dirname(folder), name)),
    filters: { [format.toUpperCase()]: [EXTENSIONS[format]] },
  });
  return uri?.fsPath;
}

/** The report as text. Formats are loaded when they are asked for. */
export async function render(
  format: ExportFormat,
  state: AdapterState,
  document: AnalysisDocument,
): Promise<string> {
  const { selection, verdicts } = state;
  switch (format) {
    case 'json':
      return (await import('../../core/report/json')).formatDecided(document, verdicts, selection);
    case 'csv':
      return (await import('../../core/report/csv')).formatCsv(document, verdicts);
    case 'markdown':
      return (await import('../../core/report/markdown')).formatMarkdown(document, verdicts, selection);
    case 'svg':
      return (await import('../../core/report/svg')).formatSvg(document, verdicts, selection.rankBy);
    case 'sarif':
      return (await import('../../core/report/sarif')).formatSarif(document, verdicts, selection);
  }
}
