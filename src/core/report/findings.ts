import type { ScoreName } from '../ediem/types';
import type { RankedBy } from '../selection/select';
import type { ModuleVerdict } from '../selection/types';
import { isPair, type AnalysisDocument, type ModuleResult } from './analysis';
import { formatModules, formatScore, formatScoreOf, formatShape, needsPopulation, scoreInfo } from './scores';
import { render } from '../message';

/** A selected module, and why, in one sentence. Names are not escaped. */
export interface Finding {
  readonly module: string;
  readonly result: ModuleResult;
  readonly verdict: ModuleVerdict;
  readonly sentence: string;
}

/** The selected modules in the order of the ranking, pinned unscored ones last. */
export function findings(
  document: AnalysisDocument,
  verdicts: readonly ModuleVerdict[],
  ranking: RankedBy,
): readonly Finding[] {
  const results = new Map(document.modules.map((result) => [result.module, result]));
  const total = scoredCount(document);
  return verdicts
    .filter(({ verdict }) => verdict === 'prune')
    .flatMap((verdict) => {
      const result = results.get(verdict.module);
      if (result === undefined) return [];
      const sentence = verdictSentence(result, verdict, ranking, total);
      return [{ module: verdict.module, result, verdict, sentence }];
    })
    .sort((left, right) => place(left) - place(right));
}

function place({ verdict }: Finding): number {
  return verdict.rankPosition ?? Number.MAX_SAFE_INTEGER;
}

/** How many LoRA modules of the document have scores: the `n` of "ranks k of n". */
export function scoredCount(document: AnalysisDocument): number {
  return document.modules.filter((result) => result.status === 'scored' && isPair(result)).length;
}

/** What becomes of a module and why, in one or two sentences of plain text without its name. */
export function verdictSentence(
  result: ModuleResult,
  verdict: ModuleVerdict,
  ranking: RankedBy,
  scoredTotal: number,
): string {
  const decision = decisionText(result, verdict);
  if (result.status !== 'scored') {
    const reason = render(result.reason);
    return `${decision} Not scored: ${/[.!?]$/.test(reason) ? reason : `${reason}.`}`;
  }
  const { rankBy, order } = ranking;
  const rank = isPair(result)
    ? `Ranks ${verdict.rankPosition ?? '–'} of ${scoredTotal}`
    : 'Replaces a weight of the model, which no rule takes. Measured';
  const end = order !== undefined && order !== scoreInfo[rankBy].goesFirst ? `, ${order} first` : '';
  const against = needsPopulation(rankBy) ? ` among ${populationText(result)}` : '';
  return (
    `${decision} ${rank} by ${scoreInfo[rankBy].label}${end}: ${formatScore(rankBy, result[rankBy])}${against}; ` +
    `${asideText(result, rankBy)}.`
  );
}

function decisionText(result: ModuleResult, { verdict, by }: ModuleVerdict): string {
  if (by === 'pin') return verdict === 'prune' ? 'Selected by hand.' : 'Pinned to keep.';
  if (verdict === 'prune') return 'Selected.';
  return result.status === 'inactive' ? 'Changes nothing.' : 'Not selected.';
}

/** Which modules the E-DIEM of this one is measured against. */
export function populationText(result: Extract<ModuleResult, { status: 'scored' }>): string {
  const { kind, size } = result.population;
  switch (kind) {
    case 'shape':
      return `${formatModules(size)} of shape ${formatShape(result.shape)}`;
    case 'type':
      return `${formatModules(size)} of its type`;
    case 'all':
      return `all ${size} active modules`;
    case 'pooled':
      return `${formatModules(size)} pooled over shapes, because too few share its own`;
  }
}

/** Cosine and retained are shown with any score, because distance alone follows the size of the update. */
function asideText(result: ModuleResult, rankBy: ScoreName): string {
  const beside: readonly ScoreName[] = ['cosine', 'retained', 'reversal'];
  return beside
    .filter((name) => name !== rankBy)
    .map((name) => `${scoreInfo[name].label.toLowerCase()} ${formatScoreOf(result, name)}`)
    .join(', ');
}
