import { naturalCompare } from '../../core/adapter/names';
import type { ScoreName } from '../../core/ediem/types';
import { standingOut } from '../../core/evidence/evidence';
import { render } from '../../core/message';
import type { AnalysisDocument, ModuleResult } from '../../core/report/analysis';
import { escapeMarkdown, fileUri } from '../../core/report/escape';
import {
  figuresOf,
  meanByLayer,
  NO_PROOF,
  NOT_OVER_STEPS,
  stepLines,
  type StepEntry,
} from '../../core/report/overSteps';
import { formatScore, needsPopulation, scoreInfo } from '../../core/report/scores';
import { lineChart, stepHeatMap } from '../../core/report/stepCharts';
import { selectedCount } from '../../core/selection/select';
import type { ModuleVerdict } from '../../core/selection/types';
import type { Rate } from '../../core/statistics/intervals';
import { stepOf } from '../../core/trainingStep';
import type { Localize } from '../format';

/** One adapter of a run, analyzed or failed. */
export interface ReportEntry {
  readonly label: string;
  readonly document: AnalysisDocument | null;
  readonly verdicts: readonly ModuleVerdict[];
  /** Of the same weights; absent: not measured. */
  readonly evaluation?: StepEntry['evaluation'];
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
 * The adapters of a run side by side, as Markdown: charts over the steps, a summary, and a column of scores for each. Names
 * from files are escaped.
 * @param rankBy the score of the settings; where it compares within one adapter only, reversal is shown
 */
export function runReport(entries: readonly ReportEntry[], rankBy: ScoreName, t: Localize): string {
  const ordered = inRunOrder(entries);
  const { title, heads } = runNames(
    ordered.map(({ label }) => label),
    t,
  );
  const scored = ordered.flatMap(({ document, evaluation = null, verdicts }, at) =>
    document === null ? [] : [{ head: heads[at] ?? '', document, evaluation, verdicts }],
  );
  const failed = ordered.filter(({ document }) => document === null);
  const shown = needsPopulation(rankBy) ? 'reversal' : rankBy;
  return [
    `# ${escapeMarkdown(title)}`,
    '',
    ...charts(scored, t),
    ...summary(scored, t),
    '',
    ...modules(scored, shown, t),
    ...(failed.length === 0 ? [] : ['', `## ${t('Not analyzed')}`, '']),
    ...failed.map(
      ({ label, failure }) => `- **${escapeMarkdown(label)}**: ${escapeMarkdown(failure ?? '', 1000)}`,
    ),
    '',
    render(NOT_OVER_STEPS, t),
    render(NO_PROOF, t),
    '',
  ].join('\n');
}

interface Column extends StepEntry {
  readonly document: AnalysisDocument;
  readonly verdicts: readonly ModuleVerdict[];
}

/** What heads a run and each of its adapters: its folder and the steps; or all labels, of adapters of no single run. */
export function runNames(
  labels: readonly string[],
  t: Localize,
): { readonly title: string; readonly heads: readonly string[] } {
  const folders = new Set(labels.map(runFolder));
  const [folder = ''] = folders;
  const isRun = folders.size === 1 && folder !== '';
  return isRun
    ? { title: folder, heads: labels.map((label) => headOf(label, t)) }
    : { title: t('Adapters side by side'), heads: labels };
}

/** `500`; the adapter of the run's folder itself is the final one. */
function headOf(label: string, t: Localize): string {
  const step = stepOf(label);
  return step === null ? t('final') : String(step);
}

/** Two pictures; of a single adapter there is nothing to draw. */
function charts(columns: readonly Column[], t: Localize): readonly string[] {
  if (columns.length < 2) return [];
  const heads = columns.map(({ head }) => head);
  const lines = lineChart(stepLines(columns.map(figuresOf)), heads, t);
  const layers = meanByLayer(
    columns.map(({ document }) => document),
    'reversal',
  );
  return [
    `## ${t('Over the steps')}`,
    '',
    image(t('Measures over the steps; the table below has the numbers.'), lines),
    '',
    ...(layers.length === 0
      ? []
      : [
          `### ${t('Reversal by step and layer')}`,
          '',
          t('The mean over the modules of a layer. Darker acts more against the alignment step.'),
          '',
          image(
            t('Reversal by step and layer; the table of modules has the numbers.'),
            stepHeatMap(layers, heads),
          ),
          '',
        ]),
  ];
}

function image(description: string, svg: string): string {
  return `![${escapeMarkdown(description)}](data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')})`;
}

function summary(columns: readonly Column[], t: Localize): readonly string[] {
  const head = [
    t('Step'),
    t('Harmful prompts answered'),
    t('Tasks solved'),
    t('Reversal, whole (limit of chance)'),
    t('Stand out'),
    t('Retained, mean'),
    t('‖dW‖'),
    t('Selected'),
  ];
  const rows = columns.map((column) => {
    const { answered, solved, reversal, reversalLimit, standsOut, retained, size } = figuresOf(column);
    const cells = [
      share(answered),
      share(solved),
      reversal === null ? '–' : `${reversal.toFixed(1)} (${(reversalLimit ?? 0).toFixed(1)})`,
      standsOut ?? '–',
      retained === null ? '–' : formatScore('retained', retained),
      size === null ? '–' : formatScore('updateNorm', size),
      selectedCount(column.verdicts),
    ];
    return `| [${escapeMarkdown(column.head)}](${fileUri(column.document.adapter)}) | ${cells.join(' | ')} |`;
  });
  return [
    `| ${head.join(' | ')} |`,
    `|:--|${head
      .slice(1)
      .map(() => '--:')
      .join('|')}|`,
    ...rows,
  ];
}

const share = (rate: Rate | null): string => (rate === null ? '–' : `${Math.round(rate.count)}/${rate.n}`);

function modules(columns: readonly Column[], score: ScoreName, t: Localize): readonly string[] {
  const found = columns.map(({ document }) => ({
    results: new Map(document.modules.map((result) => [result.module, result])),
    evidence: standingOut(document),
  }));
  const names = [...new Set(found.flatMap(({ results }) => [...results.keys()]))];
  const rows = names.map((name) => {
    const cells = found.map(({ results, evidence }) => cell(results.get(name), evidence.has(name), score));
    return `| ${escapeMarkdown(name)} | ${cells.join(' | ')} |`;
  });
  return [
    `## ${t('Modules')}`,
    '',
    t('{0}. Bold: the module stands out.', t(scoreInfo[score].label)),
    '',
    `| ${[t('Module'), ...columns.map(({ head }) => escapeMarkdown(head))].join(' | ')} |`,
    `|:--|${columns.map(() => '--:').join('|')}|`,
    ...rows,
  ];
}

function cell(result: ModuleResult | undefined, standsOut: boolean, score: ScoreName): string {
  if (result?.status !== 'scored') return '–';
  const text = formatScore(score, result[score]);
  return standsOut ? `**${text}**` : text;
}

/** A label without its last part if that part is a step: what the checkpoints of one run share. */
function runFolder(label: string): string {
  const cut = label.lastIndexOf('/');
  return stepOf(label) === null ? label : cut === -1 ? '' : label.slice(0, cut);
}
