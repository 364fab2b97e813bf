import type { ScoreName } from '../core/ediem/types';
import { render, say, type Message, type Translate } from '../core/message';
import type { AnalysisDocument } from '../core/report/analysis';
import { comparisonSummary, differenceOf, STATUS_TEXTS } from '../core/report/comparison';
import {
  axisOf,
  figuresOf,
  meanByLayer,
  NO_PROOF,
  NOT_OVER_STEPS,
  stepLines,
  stepsSummary,
  type StepEntry,
  type StepLine,
} from '../core/report/overSteps';
import { needsPopulation } from '../core/report/scores';
import type { ComparedAdapter, ComparedLine, ComparedMeasure, ComparisonContent } from './comparison';
import type { CompareResult } from './engineApi';

/** Tensors besides the modules that the page names; the report has all. */
const MAX_CARRIED = 10;
/** What is shown side by side once the adapters are analyzed. Those that compare across adapters come first. */
const ANALYZED: readonly ScoreName[] = ['reversal', 'retained', 'ediemIqr'];

type Documents = readonly (AnalysisDocument | null)[];

/**
 * Two adapters side by side.
 * @param documents their analyses, in this order
 * @param formatCount a number in the language of the window
 */
export function pairContent(
  result: CompareResult,
  adapters: readonly [ComparedAdapter, ComparedAdapter],
  documents: Documents,
  translate: Translate,
  formatCount?: (count: number) => string,
): ComparisonContent {
  const { modules } = result;
  const names = modules.map(({ module }) => module);
  const sizes = [...modules.map(({ leftNorm }) => leftNorm), ...modules.map(({ rightNorm }) => rightNorm)];
  const statusTexts = Object.fromEntries(
    Object.entries(STATUS_TEXTS).map(([status, text]) => [status, render(text, translate)]),
  );
  return {
    adapters,
    summary: [comparisonSummary(modules, translate, formatCount)],
    notes: carriedNotes(result, translate),
    modules: names,
    measures: [{ score: 'updateNorm', values: sizes }, ...measuresOf(names, documents)],
    pair: {
      status: modules.map(({ status }) => statusTexts[status] ?? status),
      isEqual: modules.map(({ status }) => status === 'equal'),
      difference: modules.map(differenceOf),
      cosine: modules.map(({ cosine }) => cosine),
    },
    run: null,
  };
}

/** An adapter of a run. */
export interface RunEntry extends StepEntry {
  readonly label: string;
}

/**
 * The adapters of a run side by side, in its order.
 * @param first the measure that is shown first; where it compares within one adapter only, reversal is
 * @param notes what else there is to say
 */
export function runContent(
  entries: readonly RunEntry[],
  first: ScoreName,
  notes: readonly Message[],
  translate: Translate,
): ComparisonContent {
  const documents = entries.map(({ document }) => document);
  const results = documents.map(
    (document) => new Map(document?.modules.map((result) => [result.module, result])),
  );
  const modules = [...new Set(results.flatMap((found) => [...found.keys()]))];
  const scores = runScores(first);
  const heads = entries.map(({ head }) => head);
  const lines = stepLines(entries.map((entry) => figuresOf(entry)));
  const summary = stepsSummary(lines, heads) ?? say('Analyze two adapters of the run to see what changes.');
  const layers = scores.map((score) => ({ score, rows: meanByLayer(documents, score) }));
  return {
    adapters: entries.map(({ head, label }) => ({ head, label })),
    summary: [render(summary, translate)],
    notes: [...notes, NOT_OVER_STEPS, NO_PROOF].map((note) => render(note, translate)),
    modules,
    measures: scores.map((score) => ({
      score,
      values: results.flatMap((found) => modules.map((module) => found.get(module)?.[score] ?? null)),
    })),
    pair: null,
    run: {
      lines: lines.map((line) => lineContent(line, translate)),
      layers: layers[0]?.rows.map(({ layer }) => layer) ?? [],
      means: layers.map(({ score, rows }) => ({
        score,
        values: entries.flatMap((_entry, at) => rows.map(({ values }) => values[at] ?? null)),
      })),
    },
  };
}

/** What compares across adapters. */
function runScores(first: ScoreName): readonly ScoreName[] {
  const scores: readonly ScoreName[] = ['reversal', 'updateNorm', 'retained'];
  return needsPopulation(first) ? scores : [first, ...scores.filter((score) => score !== first)];
}

function lineContent(line: StepLine, translate: Translate): ComparedLine {
  const { label, short, values, limits, format } = line;
  const { low, high } = axisOf(line);
  return {
    label: render(label, translate),
    short: render(short, translate),
    values,
    texts: values.map((value) => (value === null ? '–' : format(value))),
    limits: limits ?? [],
    low,
    high,
    axis: [format(low), format(high)],
  };
}

/** Measures of the modules in each adapter; none unless all are analyzed. */
function measuresOf(names: readonly string[], documents: Documents): readonly ComparedMeasure[] {
  const analyzed = documents.filter((document) => document !== null);
  if (analyzed.length < documents.length) return [];
  const found = analyzed.map(({ modules }) => new Map(modules.map((result) => [result.module, result])));
  return ANALYZED.map((score) => ({
    score,
    values: found.flatMap((results) => names.map((name) => results.get(name)?.[score] ?? null)),
  }));
}

function carriedNotes({ carried }: CompareResult, translate: Translate): readonly string[] {
  const other = carried.filter(({ status }) => status !== 'equal');
  if (other.length === 0) return [];
  const named = other
    .slice(0, MAX_CARRIED)
    .map(({ tensor, status }) => `${tensor} (${render(STATUS_TEXTS[status], translate)})`)
    .join(', ');
  const { length } = other;
  const more = length - MAX_CARRIED;
  const list = more > 0 ? say('{0} and {1} more', named, more) : named;
  return [render(say('Other tensors that differ: {0}.', list), translate)];
}
