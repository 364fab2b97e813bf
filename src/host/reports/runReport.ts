import { naturalCompare } from '../../core/adapter/names';
import { escapeMarkdown } from '../../core/report/escape';
import { formatScore, scoreInfo } from '../../core/report/scores';
import type { ScoreName } from '../../core/ediem/types';
import { isPair, type AnalysisDocument, type ModuleResult } from '../../core/report/analysis';
import { naturalOrder } from '../../core/selection/select';
import type { ModuleVerdict, SelectionOptions } from '../../core/selection/types';
import { stepOf } from '../../core/trainingStep';
import type { Localize } from '../format';

/** One adapter of a run, analyzed or failed. */
export interface RunEntry {
  readonly label: string;
  readonly document: AnalysisDocument | null;
  readonly verdicts: readonly ModuleVerdict[];
  /** How the verdicts were made; null without a document. */
  readonly selection: SelectionOptions | null;
  readonly failure: string | null;
}

/** By folder of the run, then by step, the final adapter last. */
export function inRunOrder<T extends { readonly label: string }>(entries: readonly T[]): readonly T[] {
  const place = (label: string): number => stepOf(label) ?? Infinity;
  return [...entries].sort((x, y) => {
    const folders = naturalCompare(runFolder(x.label), runFolder(y.label));
    if (folders !== 0) return folders;
    const [left, right] = [place(x.label), place(y.label)];
    return left === right ? naturalCompare(x.label, y.label) : left - right;
  });
}

/**
 * Scores of all adapters side by side, one column for each, as Markdown. Names from files are escaped.
 * @param otherwise the score to show where the adapters are not ranked by the same one
 */
export function runReport(entries: readonly RunEntry[], otherwise: ScoreName, t: Localize): string {
  const ordered = inRunOrder(entries);
  const scored = ordered.filter((entry) => entry.document !== null);
  const failed = ordered.filter((entry) => entry.document === null);
  const selections = scored.flatMap(({ selection }) => (selection === null ? [] : [selection]));
  const [shared, ...others] = new Set(selections.map((selection) => selection.rankBy));
  const rankBy = shared === undefined || others.length > 0 ? otherwise : shared;
  return [
    `# ${t('Adapters side by side')}`,
    '',
    t('{0} adapters, ranked by {1}.', ordered.length, t(scoreInfo[rankBy].label)),
    '',
    ...(new Set(selections.map(ruleKey)).size > 1
      ? [
          t(
            "The adapters differ in rule or ranking: flagged (bold) modules are those that each adapter's own rule prunes.",
          ),
          '',
        ]
      : []),
    ...summary(scored, rankBy, t),
    '',
    ...modules(scored, rankBy, t),
    ...(failed.length === 0 ? [] : ['', `## ${t('Not analyzed')}`, '']),
    ...failed.map(
      ({ label, failure }) => `- **${escapeMarkdown(label)}**: ${escapeMarkdown(failure ?? '', 1000)}`,
    ),
    '',
    t('Scores measure weights, not behavior: test an adapter before you trust it.'),
    '',
  ].join('\n');
}

/** Rule and ranking, whatever the order of their fields; pins are of one adapter always. */
function ruleKey({ rule, rankBy, order }: SelectionOptions): string {
  return JSON.stringify([Object.entries(rule).sort(), rankBy, order ?? naturalOrder(rankBy)]);
}

function summary(entries: readonly RunEntry[], rankBy: ScoreName, t: Localize): readonly string[] {
  const head = [
    t('Adapter'),
    t('Step'),
    t('Modules scored'),
    t('Flagged'),
    t('Highest'),
    t('Median'),
    t('Sum of ‖dW‖'),
  ];
  const rows = entries.map(({ label, document, verdicts }) => {
    const results = (document?.modules ?? []).filter(isPair).filter((result) => result.status === 'scored');
    const values = results.map((result) => result[rankBy]).sort((x, y) => x - y);
    const norm = results.reduce((sum, result) => sum + result.updateNorm, 0);
    const flagged = verdicts.filter(({ verdict }) => verdict === 'prune').length;
    const cells = [
      results.length,
      flagged,
      score(rankBy, values.at(-1)),
      score(rankBy, median(values)),
      score('updateNorm', norm),
    ];
    return `| ${escapeMarkdown(label)} | ${stepOf(label) ?? '–'} | ${cells.join(' | ')} |`;
  });
  return [`| ${head.join(' | ')} |`, '|:--|--:|--:|--:|--:|--:|--:|', ...rows];
}

function modules(entries: readonly RunEntry[], rankBy: ScoreName, t: Localize): readonly string[] {
  const columns = entries.map((entry) => ({
    label: entry.label,
    results: new Map((entry.document?.modules ?? []).map((result) => [result.module, result])),
    flagged: new Set(entry.verdicts.filter(({ verdict }) => verdict === 'prune').map(({ module }) => module)),
  }));
  const names = [...new Set(columns.flatMap(({ results }) => [...results.keys()]))];
  const rows = names.map((name) => {
    const cells = columns.map(({ results, flagged }) => cell(results.get(name), flagged.has(name), rankBy));
    return `| ${escapeMarkdown(name)} | ${cells.join(' | ')} |`;
  });
  return [
    `## ${t('Modules')}`,
    '',
    t('Bold: the rule prunes the module.'),
    '',
    `| ${[t('Module'), ...columns.map(({ label }) => escapeMarkdown(label))].join(' | ')} |`,
    `|:--|${columns.map(() => '--:').join('|')}|`,
    ...rows,
  ];
}

function cell(result: ModuleResult | undefined, flagged: boolean, rankBy: ScoreName): string {
  if (result?.status !== 'scored') return '–';
  const text = formatScore(rankBy, result[rankBy]);
  return flagged ? `**${text}**` : text;
}

function score(name: ScoreName, value: number | undefined): string {
  return value === undefined ? '–' : formatScore(name, value);
}

function median(sorted: readonly number[]): number | undefined {
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle];
  if (upper === undefined || sorted.length % 2 === 1) return upper;
  return ((sorted[middle - 1] ?? upper) + upper) / 2;
}

/** A label without its last part if that part is a step: what the checkpoints of one run share. */
function runFolder(label: string): string {
  const cut = label.lastIndexOf('/');
  return stepOf(label) === null ? label : cut === -1 ? '' : label.slice(0, cut);
}
