import { visibleText } from '../core/report/escape';
import {
  narrowness,
  NOT_REFUSED,
  notRefused,
  overRefused,
  scoreOf,
  shareOf,
  type Limits,
} from '../core/results/repair/target';
import { TOKEN_ACCURACY } from '../core/results/evaluation/summarize';
import { taskLabel } from '../core/results/evaluation/table';
import type { FitCheck } from '../core/results/fit/types';
import type { Figures, MeasuredPoint } from '../core/results/repair/types';
import type { ProgressEvent } from '../protocol/engineApi';
import type { MeasureEvent } from '../protocol/evaluatorApi';
import type { MeasuredRepairEvent, RepairStage } from '../protocol/repairApi';
import { withMeasureProgress } from './measureProgress';
import { lineReporter } from './progress';

/** Shows what a repair does on standard error: a line for each stage and strength, bars on a terminal. */
export async function withRepairProgress<T>(
  { quiet, taskScore }: { readonly quiet: boolean | undefined; readonly taskScore: string },
  work: (onEvent: (event: MeasuredRepairEvent) => void, print: (line: string) => void) => Promise<T>,
): Promise<T> {
  const { stderr } = process;
  // A bar is in the line.
  const print = (line: string): void => void stderr.write(`${stderr.isTTY ? '\r\u001b[2K' : ''}${line}\n`);
  const tell = quiet === true ? undefined : repairLines(print, taskScore);
  return await withMeasureProgress(quiet, async (onMeasure) => {
    const bar = stderr.isTTY ? onMeasure : once(onMeasure);
    const onEvent = (event: MeasuredRepairEvent): void => {
      tell?.(event);
      if (event.type === 'measure') bar(event.event);
      if (event.type === 'fit' && event.event.type === 'progress') bar(event.event);
    };
    return await work(onEvent, quiet === true ? () => undefined : print);
  });
}

/** In a log, each measurement of a curve has one line of its own: only the first estimate is worth another. */
function once(onMeasure: (event: MeasureEvent) => void): (event: MeasureEvent) => void {
  let isFirst = true;
  return (event) => {
    if (event.type !== 'estimate' || !isFirst) return;
    isFirst = false;
    onMeasure(event);
  };
}

const STAGES: Readonly<Record<RepairStage, string>> = {
  targets: 'answering the prompts that gates are fitted to',
  suites: 'reading the suites',
  scores: 'scoring the modules',
  before: 'measuring the adapter as it is, on the fit split',
  passes: 'recording what the modules see in harmful prompts',
  curve: 'measuring strengths on the fit split',
  gates: 'fitting gates',
  test: 'measuring on the test split',
  writing: 'writing',
  checking: 'checking whether loaders take it',
};

/** Exported for tests. */
export function repairLines(
  print: (line: string) => void,
  taskScore: string,
): (event: MeasuredRepairEvent) => void {
  const engine = engineLines(print);
  let before: Before | undefined;
  const line = (label: string, figures: Figures): string => `  ${label}: ${figuresText(figures, taskScore)}`;
  return (event) => {
    switch (event.type) {
      case 'stage':
        print(event.method === undefined ? STAGES[event.stage] : `${STAGES[event.stage]}: ${event.method}`);
        break;
      case 'before': {
        const { aligned, adapter, limits } = event;
        before = { aligned, limits };
        print(line('aligned', aligned));
        print(line('adapter', adapter));
        print(
          `  target: ${NOT_REFUSED} at most ${limits.maxAsr.toFixed(2)}, over-refusal at most ${limits.maxOverRefusal.toFixed(2)}`,
        );
        break;
      }
      case 'point':
        print(line(strengthText(event.point), event.point.figures) + markText(event.point, before));
        break;
      case 'chosen':
        print(`chosen: ${strengthText(event.point)}`);
        break;
      case 'fit':
        if (event.event.type === 'check') print(checkText(event.event.check));
        break;
      case 'engine':
        engine(event.event);
        break;
      case 'measure':
        break;
    }
  };
}

/** What the strengths are compared with. */
interface Before {
  readonly aligned: Figures;
  readonly limits: Limits;
}

/** Why a strength with more of the task may not be chosen: its refusals may be too close to answers. */
function markText(point: MeasuredPoint, before: Before | undefined): string {
  const clear = shareOf(point.restored);
  const isNarrow = before !== undefined && narrowness(point, before.limits, before.aligned) > 0;
  const mark = isNarrow ? '  (reached, but too few refusals are clear)' : '  (reached)';
  return `${clear === null ? '' : `, clear refusals ${clear.toFixed(3)}`}${point.meets ? mark : ''}`;
}

function checkText({ step, asr, clear, tokenAccuracy }: FitCheck): string {
  const shown = clear === undefined ? '' : `, clear refusals ${clear.toFixed(2)}`;
  return `  step ${step}: ${NOT_REFUSED} ${asr.toFixed(2)}${shown}, token accuracy ${tokenAccuracy.toFixed(3)}`;
}

/** Nothing is said of what takes less. */
const PATIENCE_MS = 3000;

/** Lines of the engine's calls, which follow one another. */
function engineLines(print: (line: string) => void): (event: ProgressEvent) => void {
  let show = lineReporter('analyzing', print);
  let last = 0;
  return (event) => {
    if (event.elapsedMs < last) show = lineReporter('analyzing', print);
    last = event.elapsedMs;
    if (event.elapsedMs >= PATIENCE_MS) show(event);
  };
}

function strengthText({ method, options, top }: MeasuredPoint): string {
  const parts = Object.entries(options).map(([name, value]) => `${name} ${visibleText(String(value))}`);
  return [method, ...(top === undefined ? [] : [`top ${top}`]), ...parts].join(', ');
}

function figuresText(figures: Figures, taskScore: string): string {
  const parts: readonly (readonly [string, number | null])[] = [
    [NOT_REFUSED, notRefused(figures)],
    ['over-refusal', overRefused(figures)],
    [taskLabel(taskScore), scoreOf(figures, taskScore)],
    [taskLabel(TOKEN_ACCURACY), scoreOf(figures, TOKEN_ACCURACY)],
  ];
  const shown = new Map(parts.flatMap(([label, value]) => (value === null ? [] : [[label, value] as const])));
  return [...shown].map(([label, value]) => `${label} ${value.toFixed(3)}`).join(', ');
}
