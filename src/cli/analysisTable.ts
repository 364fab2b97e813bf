import type { ScoreName } from '../core/ediem/types';
import { isPair, type AnalysisDocument, type UnscoredModule } from '../core/report/analysis';
import { scoredCount } from '../core/report/findings';
import { loadedAsText } from '../core/report/loaders';
import { formatBytes, formatModules, scoreInfo } from '../core/report/scores';
import { tableColumns, tableRows } from '../core/report/table';
import { ruleNumber } from '../core/selection/rule';
import { selectedCount } from '../core/selection/select';
import type { ModuleVerdict, SelectionOptions } from '../core/selection/types';
import {
  cellText,
  DEFAULT_ROWS,
  fitColumns,
  formatTable,
  fullText,
  noteLines,
  type Terminal,
} from './output';
import { evidenceOf } from '../core/evidence/evidence';
import { headline } from '../core/evidence/headline';
import { render } from '../core/message';

/** Columns that a narrow terminal drops, the last first. */
const EXPENDABLE: readonly (ScoreName | 'shape' | 'rank')[] = [
  'ediemIqr',
  'reversal',
  'retained',
  'updateNorm',
  'distance',
  'relativeDistance',
  'shape',
  'rank',
];

/** The analysis as text: what was found, inputs, table, totals, and how to read it. */
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
  return [
    ...headline(evidenceOf(document), null, rankBy).sentences.map((sentence) => render(sentence)),
    '',
    `Adapter  ${fullText(document.adapter)}`,
    `Aligned  ${fullText(document.aligned)}`,
    `Base     ${fullText(document.base)}`,
    '',
    formatTable(
      columns,
      rows.map((row) => ({
        cells: columns.map(({ text }) => text(row)),
        strong: row.standsOut !== null,
      })),
      terminal,
      all,
    ),
    '',
    ...summary(document, verdicts, selection),
    '',
  ].join('\n');
}

function summary(
  document: AnalysisDocument,
  verdicts: readonly ModuleVerdict[],
  selection: SelectionOptions,
): readonly string[] {
  const { wallMs, bytesRead } = document.timing;
  const pairs = document.modules.filter(isPair);
  const standOut = evidenceOf(document).standsOut.length;
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
    `${counts.join(', ')}; ${standOut === 1 ? '1 stands' : `${standOut} stand`} out; ${selectedCount(verdicts)} selected (${ruleText(selection)}).`,
    ...(document.loaders ?? []).map((loaded) => `${render(loadedAsText(loaded, pairs.length))}.`),
    `Read ${formatBytes(bytesRead)} in ${(wallMs / 1000).toFixed(1)} s.`,
    ...noteLines([...document.notes.map((note) => render(note)), ...reasons, ...carried], '--json'),
    'Scores measure weights, not behavior; read cosine and retained beside them (splora analyze --help).',
  ];
}

/** The modules that the rule could not take, and why. */
export function unscoredModules({ modules }: AnalysisDocument): readonly UnscoredModule[] {
  return modules.filter((result) => result.status !== 'scored');
}

/** The rule in words, e.g. `top 10 by E-DIEM (IQR)`. */
export function ruleText({ rule, rankBy, order, pins }: SelectionOptions): string {
  if (rule.kind === 'none') return 'by hand';
  const pinned = pins.keep.length + pins.prune.length;
  const by = `by ${scoreInfo[rankBy].label}${order === undefined ? '' : `, ${order} first`}`;
  return `${rule.kind} ${ruleNumber(rule)} ${by}${pinned === 0 ? '' : `, ${pinned} pinned`}`;
}
