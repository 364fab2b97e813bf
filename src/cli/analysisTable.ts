import { isPair, type AnalysisDocument, type UnscoredModule } from '../core/report/analysis';
import { visibleText } from '../core/report/escape';
import { scoredCount } from '../core/report/findings';
import { formatBytes, formatModules, scoreInfo } from '../core/report/scores';
import { tableColumns, tableRows } from '../core/report/table';
import type { ModuleVerdict, Rule, SelectionOptions } from '../core/selection/types';
import { cellText, fitColumns, formatTable, type Terminal } from './output';
import { render } from '../core/message';

/** Rows of a table without --all. */
const DEFAULT_ROWS = 25;

/** Columns that a narrow terminal drops, the last first. */
const EXPENDABLE = [
  'ediemIqr',
  'reversal',
  'retained',
  'updateNorm',
  'distance',
  'relativeDistance',
  'shape',
  'rank',
];

/** The analysis as text: inputs, table, totals, and how to read it. */
export function analysisTable(
  document: AnalysisDocument,
  verdicts: readonly ModuleVerdict[],
  selection: SelectionOptions,
  terminal: Terminal,
  all: boolean,
): string {
  const rows = tableRows(document, verdicts);
  const shown = all ? rows : rows.slice(0, DEFAULT_ROWS);
  const { rankBy } = selection;
  const columns = fitColumns(
    tableColumns(rankBy),
    terminal.width,
    EXPENDABLE.filter((id) => id !== rankBy),
    ({ label, text }) =>
      shown.reduce((most, row) => Math.max(most, cellText(text(row)).length), label.length),
  );
  const table = formatTable(
    columns,
    shown.map((row) => ({
      cells: columns.map(({ text }) => text(row)),
      strong: row.verdict?.verdict === 'prune',
    })),
    terminal,
  );
  const hidden = rows.length - shown.length;
  return [
    `Adapter  ${visibleText(document.adapter, MAX_PATH)}`,
    `Aligned  ${visibleText(document.aligned, MAX_PATH)}`,
    `Base     ${visibleText(document.base, MAX_PATH)}`,
    '',
    table.trimEnd(),
    ...(hidden > 0 ? [`… and ${hidden} more (--all shows them)`] : []),
    '',
    ...summary(document, verdicts, selection),
    '',
  ].join('\n');
}

const MAX_PATH = 4096;
/** Notes are shown in full: a sentence of ours around a name from the file. */
const MAX_NOTE = 500;
const MAX_NOTES = 20;

function summary(
  document: AnalysisDocument,
  verdicts: readonly ModuleVerdict[],
  selection: SelectionOptions,
): readonly string[] {
  const { wallMs, bytesRead } = document.timing;
  const flagged = verdicts.filter(({ verdict }) => verdict === 'prune').length;
  const pairs = document.modules.filter(isPair);
  const counts = [`${scoredCount(document)} of ${formatModules(pairs.length)} scored`];
  for (const status of ['inactive', 'unmatched', 'unsupported'] as const) {
    const number = pairs.filter((result) => result.status === status).length;
    if (number > 0) counts.push(`${number} ${status}`);
  }
  const replaced = document.modules.length - pairs.length;
  if (replaced > 0) counts.push(`${replaced} ${replaced === 1 ? 'weight' : 'weights'} replaced`);
  const reasons = unscoredModules(document)
    .filter(({ status }) => status !== 'inactive')
    .map(({ module, status, reason }) => `${status}: ${module}: ${render(reason)}`);
  const carried = document.carried.map(({ tensor, reason }) => `not scored: ${tensor}: ${render(reason)}`);
  return [
    `${counts.join(', ')}; ${flagged} would go (${ruleText(selection)}).`,
    `Read ${formatBytes(bytesRead)} in ${(wallMs / 1000).toFixed(1)} s.`,
    ...limited([...document.notes.map((note) => render(note)), ...reasons, ...carried]),
    'Scores measure weights, not behavior; read cosine and retained beside them (splora analyze --help).',
  ];
}

/** The modules that a rule cannot take, because nothing could be said of them, and why. */
export function unscoredModules(
  document: AnalysisDocument,
): readonly Pick<UnscoredModule, 'module' | 'status' | 'reason'>[] {
  return document.modules.flatMap((result) =>
    result.status === 'scored'
      ? []
      : [{ module: result.module, status: result.status, reason: result.reason }],
  );
}

/** Notes as a list, of which the first are shown. */
export function limited(lines: readonly string[]): readonly string[] {
  const shown = lines.slice(0, MAX_NOTES).map((line) => `- ${visibleText(line, MAX_NOTE)}`);
  return lines.length > MAX_NOTES
    ? [...shown, `- … and ${lines.length - MAX_NOTES} more (--json has all)`]
    : shown;
}

/** The rule in words, e.g. `top 10 by E-DIEM (IQR)`. */
export function ruleText({ rule, rankBy, order, pins }: SelectionOptions): string {
  const pinned = pins.keep.length + pins.prune.length;
  const by = ` by ${scoreInfo[rankBy].label}${order === undefined ? '' : `, ${order} first`}`;
  return `${ruleName(rule)}${rule.kind === 'none' ? '' : by}${pinned === 0 || rule.kind === 'none' ? '' : `, ${pinned} pinned`}`;
}

function ruleName(rule: Rule): string {
  switch (rule.kind) {
    case 'top':
      return `top ${rule.k}`;
    case 'threshold':
      return `threshold ${rule.threshold}`;
    case 'fraction':
      return `fraction ${rule.fraction}`;
    case 'none':
      return 'by hand';
  }
}
