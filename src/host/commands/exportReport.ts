import * as path from 'node:path';
import * as vscode from 'vscode';
import type { AnalysisDocument } from '../../core/report/analysis';
import { failure, type SploraError } from '../../core/errors';
import { RESULT_KINDS, type ResultKindId } from '../../core/results';
import { writeFileAtomically } from '../../io/atomicWrite';
import { BEHAVIOR_FORMATS } from '../../protocol/behavior';
import { EXPORT_FORMATS } from '../../protocol/panel';
import { REPAIR_FORMATS } from '../../protocol/panelRepair';
import type { OptionsOf } from '../commandTable';
import { notify } from '../errors/showError';
import { adapterLabel } from '../format';
import { pickRow, type Row } from '../windowText';
import type { Invocation } from './call';
import type { Services } from '../services';
import type { Results } from '../state/types';
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
  const results = services.store.get(adapter)?.results ?? {};
  const chosen = await choose(adapter, results, options);
  if (chosen === undefined) return undefined;
  const { result, format } = chosen;
  const report =
    result === 'repair'
      ? await repairReport(services, adapter, { ...call, format })
      : result === 'evaluation'
        ? await evaluationReport(services, adapter, { ...call, format })
        : await analysisReport(services, adapter, { ...call, format });
  if (report === undefined) return undefined;
  const out = options.out ?? (await askFile(adapter, chosen, report.extension));
  if (out === undefined) return undefined;
  // The save dialog has asked whether to replace a file.
  const replace = options.out === undefined || options.overwrite === true;
  await writeFileAtomically(out, await report.text(), { replace });
  const written = vscode.Uri.file(out);
  notify('Information', services.log, vscode.l10n.t('{0} was written.', path.basename(out)), [
    { label: vscode.l10n.t('Open'), run: () => vscode.commands.executeCommand('vscode.open', written) },
    { label: vscode.l10n.t('Reveal'), run: () => reveal(written) },
  ]);
  return written;
}

/** A report that is written once the user has said where. */
interface Report {
  readonly extension: string;
  readonly text: () => Promise<string>;
}

type ExportCall = Invocation<OptionsOf<'exportReport'>> & { readonly format: string };

async function analysisReport(
  services: Services,
  adapter: string,
  call: ExportCall,
): Promise<Report | undefined> {
  const { document, stale } = await settledResult(services, adapter, call, vscode.l10n.t('Export Anyway'));
  const state = services.store.get(adapter);
  const format = EXPORT_FORMATS.find((one) => one === call.format);
  if (state === undefined || format === undefined) return undefined;
  const { selection, verdicts } = state;
  const shown = withStale(state.document ?? document, stale);
  const { extension, text } = RESULT_KINDS.analysis.exports[format];
  return { extension, text: () => text(shown, { selection, verdicts }) };
}

/** Answers to harmful prompts are left out unless the user wants them. */
async function evaluationReport(
  services: Services,
  adapter: string,
  call: ExportCall,
): Promise<Report | undefined> {
  const result = services.store.get(adapter)?.results.evaluation;
  const format = BEHAVIOR_FORMATS.find((one) => one === call.format);
  if (result === undefined || format === undefined) throw nothingMeasured(adapter);
  const withAnswers = await answersWanted(adapter, call);
  if (withAnswers === undefined) return undefined;
  const { document, stale } = result;
  const outdated = stale === null ? [] : [say('The answers are out of date: {0}.', stale)];
  const { extension, text } = RESULT_KINDS.evaluation.exports[format];
  return {
    extension,
    text: () => text({ ...document, notes: [...outdated, ...document.notes] }, { withAnswers }),
  };
}

async function repairReport(
  services: Services,
  adapter: string,
  call: ExportCall,
): Promise<Report | undefined> {
  const result = services.store.get(adapter)?.results.repair;
  const format = REPAIR_FORMATS.find((one) => one === call.format);
  if (result === undefined || format === undefined) throw nothingRepaired(adapter);
  const withAnswers = await answersWanted(adapter, call);
  if (withAnswers === undefined) return undefined;
  const { document, stale } = result;
  const outdated = stale === null ? [] : [say('This repair is out of date: {0}.', stale)];
  const { extension, text } = RESULT_KINDS.repair.exports[format];
  return {
    extension,
    text: () => text({ ...document, notes: [...outdated, ...document.notes] }, { withAnswers }),
  };
}

/** A program gets them if it asks for them. Undefined: the user canceled. */
async function answersWanted(
  adapter: string,
  { caller, options: { withAnswers } }: ExportCall,
): Promise<boolean | undefined> {
  return withAnswers ?? (caller === 'program' ? false : askAnswers(adapter));
}

function nothingRepaired(adapter: string): SploraError {
  return failure(
    'bad-request',
    say('This adapter has not been repaired by measurement.'),
    adapter,
    say('Repair it, or choose another format.'),
  );
}

function nothingMeasured(adapter: string): SploraError {
  return failure(
    'bad-request',
    say('The behavior of this adapter has not been measured.'),
    adapter,
    say('Measure it, or choose another format.'),
  );
}

async function askAnswers(adapter: string): Promise<boolean | undefined> {
  const rows = [
    {
      label: vscode.l10n.t('Leave Out Answers to Harmful Prompts'),
      detail: vscode.l10n.t('Verdicts and counts stay.'),
      withAnswers: false,
    },
    { label: vscode.l10n.t('Include All Answers'), withAnswers: true },
  ];
  return (await pickRow(rows, { title: titleOf(adapter) }))?.withAnswers;
}

/** Says in the report that scores are out of date, if its format has notes. */
function withStale(document: AnalysisDocument, stale: string | null): AnalysisDocument {
  return stale === null
    ? document
    : { ...document, notes: [say('The scores are out of date: {0}.', stale), ...document.notes] };
}

/** Results that a user has reports of. */
const KINDS = ['evaluation', 'repair', 'analysis'] as const satisfies readonly ResultKindId[];
type ReportKind = (typeof KINDS)[number];

type Chosen = { readonly result: ReportKind; readonly format: string };
type ExportOptions = Pick<OptionsOf<'exportReport'>, 'result' | 'format'>;

/** Of which result, and how: what was given, else what the user picks. */
async function choose(
  adapter: string,
  results: Results,
  { result, format }: ExportOptions,
): Promise<Chosen | undefined> {
  if (format !== undefined) {
    const isOnlyMeasured = results.analysis === undefined && results.evaluation !== undefined;
    return { result: result ?? (isOnlyMeasured ? 'evaluation' : 'analysis'), format };
  }
  const kinds = result === undefined ? KINDS.filter((kind) => results[kind] !== undefined) : [result];
  const rows = (kinds.length === 0 ? (['analysis'] as const) : kinds).flatMap(formatRows);
  const placeHolder = vscode.l10n.t('Which format?');
  return pickRow(rows, { title: titleOf(adapter), placeHolder });
}

const titleOf = (adapter: string): string =>
  vscode.l10n.t('SPLoRA: Export Report for {0}', adapterLabel(adapter));

function formatRows(kind: ReportKind): readonly (Row & Chosen)[] {
  const { t } = vscode.l10n;
  const heading = { analysis: t('Scores'), evaluation: t('Behavior'), repair: t('Repair') }[kind];
  const json = { format: 'json', label: 'JSON', description: t('the whole result, for programs') };
  const markdown = { format: 'markdown', label: 'Markdown', description: t('a report to read and share') };
  const junit = { format: 'junit', label: 'JUnit', description: t('prompts as tests, for CI') };
  const sarif = { format: 'sarif', label: 'SARIF', description: t('findings for code scanning') };
  const csv = (description: string) => ({ format: 'csv', label: 'CSV', description });
  const svg = { format: 'svg', label: 'SVG', description: t('the heat map as a picture') };
  const rows = {
    analysis: [json, csv(t('one row for each module')), markdown, svg, sarif],
    evaluation: [json, csv(t('one row for each prompt')), markdown, junit, sarif],
    repair: [json, markdown, junit],
  }[kind];
  return rows.map((row) => ({ ...row, label: `${heading}: ${row.label}`, result: kind }));
}

async function askFile(
  adapter: string,
  { result, format }: Chosen,
  extension: string,
): Promise<string | undefined> {
  const folder = path.dirname(adapter);
  const what = { analysis: 'scores', evaluation: 'behavior', repair: 'repair' }[result];
  const name = `${path.basename(folder)}-${what}.${extension}`;
  const uri = await vscode.window.showSaveDialog({
    title: vscode.l10n.t('Export Report'),
    defaultUri: vscode.Uri.file(path.join(path.dirname(folder), name)),
    filters: { [format.toUpperCase()]: [extension] },
  });
  return uri?.fsPath;
}
