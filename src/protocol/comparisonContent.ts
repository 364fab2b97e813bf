import type { ScoreName } from '../core/ediem/types';
import { render, say, type Translate } from '../core/message';
import type { AnalysisDocument } from '../core/report/analysis';
import { comparisonSummary, differenceOf, STATUS_TEXTS } from '../core/report/comparison';
import type { ComparedAdapter, ComparedMeasure, ComparisonContent } from './comparison';
import type { CompareResult } from './engineApi';

/** Tensors besides the modules that the page names; the report has all. */
const MAX_CARRIED = 10;
/** What is shown side by side once the adapters are analyzed. Those that compare across adapters come first. */
const ANALYZED: readonly ScoreName[] = ['reversal', 'retained', 'ediemIqr'];

type Documents = readonly (AnalysisDocument | null)[];

/** Two adapters side by side. @param documents their analyses, in this order */
export function pairContent(
  result: CompareResult,
  adapters: readonly [ComparedAdapter, ComparedAdapter],
  documents: Documents,
  translate: Translate,
): ComparisonContent {
  const { modules } = result;
  const names = modules.map(({ module }) => module);
  const sizes = [...modules.map(({ leftNorm }) => leftNorm), ...modules.map(({ rightNorm }) => rightNorm)];
  const statusTexts = Object.fromEntries(
    Object.entries(STATUS_TEXTS).map(([status, text]) => [status, render(text, translate)]),
  );
  return {
    adapters,
    summary: [comparisonSummary(modules, translate)],
    notes: carriedNotes(result, translate),
    modules: names,
    measures: [{ score: 'updateNorm', values: sizes }, ...measuresOf(names, documents)],
    pair: {
      status: modules.map(({ status }) => statusTexts[status] ?? status),
      isEqual: modules.map(({ status }) => status === 'equal'),
      difference: modules.map(differenceOf),
      cosine: modules.map(({ cosine }) => cosine),
    },
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
