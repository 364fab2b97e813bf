import { didYouMean, naturalCompare } from '../adapter/names';
import type { ScoreName } from '../ediem/types';
import { SploraError } from '../errors';
import { isPair, type ModuleResult } from '../report/analysis';
import { scoreInfo } from '../report/scores';
import { displayName } from '../safetensors/displayName';
import { Cut } from './cut';
import type { ModuleVerdict, Order, Rule, SelectionOptions } from './types';
import { say, type Message } from '../message';

/** The order in which a score's modules go when the user names none. */
export function naturalOrder(score: ScoreName): Order {
  return scoreInfo[score].goesFirst;
}

/**
 * Decides for every module, in the order given. The scored modules are ranked by one score (ties by module name, in
 * natural order), the rule marks some of them, and pins win over the rule. Modules without a score stay unless pinned,
 * and so do replacements: "the 8 that stand out" is not meant to take a trained head along.
 * - `top`: the first `k` of the ranking, or all when there are fewer.
 * - `threshold`: scores `>= t`, or `<= t` where the order is smallest.
 * - `fraction`: the first `f` of the scored (active) modules; their number is `f` times the count, rounded to the
 *   nearest whole, halves up.
 * Throws `bad-request` as `validateSelection` does.
 */
export function select(modules: readonly ModuleResult[], options: SelectionOptions): ModuleVerdict[] {
  validateSelection(
    options,
    modules.map(({ module }) => module),
  );
  const order = options.order ?? naturalOrder(options.rankBy);
  const ranked = rank(modules, options.rankBy, order);
  // Every rule marks a front part of the ranking.
  const count = cutOf(ranked, order).count(options.rule);
  const going = new Set(ranked.slice(0, count).map(({ module }) => module));
  const positions = new Map(ranked.map(({ module }, index) => [module, index + 1]));
  const keep = new Set(options.pins.keep);
  const prune = new Set(options.pins.prune);
  return modules.map((result) => {
    const { module } = result;
    const rankPosition = positions.get(module) ?? null;
    if (keep.has(module)) return { module, verdict: 'keep', by: 'pin', rankPosition };
    if (prune.has(module)) return { module, verdict: 'prune', by: 'pin', rankPosition };
    if (rankPosition === null) {
      const isScored = result.status === 'scored' && !isPair(result);
      return { module, verdict: 'keep', by: isScored ? 'rule' : 'unscored', rankPosition };
    }
    return { module, verdict: going.has(module) ? 'prune' : 'keep', by: 'rule', rankPosition };
  });
}

/**
 * A rule in another ranking of the same modules. A threshold is a value of one score and means nothing to another, so it
 * becomes the value that takes as many modules there.
 */
export function ruleInRanking(modules: readonly ModuleResult[], before: Ranked, after: Ranking): Rule {
  const orderOf = ({ rankBy, order = naturalOrder(rankBy) }: Ranking): Order => order;
  const same = before.rankBy === after.rankBy && orderOf(before) === orderOf(after);
  if (before.rule.kind !== 'threshold' || same) return before.rule;
  const cut = (ranking: Ranking): Cut => {
    const order = orderOf(ranking);
    return cutOf(rank(modules, ranking.rankBy, order), order);
  };
  const there = cut(after);
  // Where nothing has a score, no value says how many.
  return there.size === 0 ? before.rule : there.ruleOfCount('threshold', cut(before).count(before.rule));
}

type Ranking = Pick<SelectionOptions, 'rankBy' | 'order'>;
type Ranked = Ranking & Pick<SelectionOptions, 'rule'>;

/** How many modules would go. */
export function flaggedCount(verdicts: readonly ModuleVerdict[]): number {
  return verdicts.filter(({ verdict }) => verdict === 'prune').length;
}

interface RankedModule {
  readonly module: string;
  readonly score: number;
}

function rank(modules: readonly ModuleResult[], score: ScoreName, order: Order): RankedModule[] {
  const sign = order === 'largest' ? -1 : 1;
  return modules
    .filter(isPair)
    .flatMap((result) =>
      result.status === 'scored' ? [{ module: result.module, score: result[score] }] : [],
    )
    .filter((entry) => Number.isFinite(entry.score))
    .sort((a, b) => sign * (a.score - b.score) || naturalCompare(a.module, b.module));
}

function cutOf(ranked: readonly RankedModule[], order: Order): Cut {
  return new Cut(
    ranked.map(({ score }) => score),
    order,
  );
}

const badRequest = (message: Message, advice: Message, file?: string): SploraError =>
  new SploraError({ code: 'bad-request', message, advice, ...(file === undefined ? {} : { file }) });

/**
 * Checks numbers and pins against the module names of an adapter. Throws `bad-request` for a `k` that is no whole
 * number >= 0, a fraction outside [0, 1], a threshold that is no number, a pin that names no module (with the names
 * that may have been meant), and a module pinned both ways.
 * @param file the adapter's, for the message of a pin that names no module
 */
export function validateSelection(
  options: SelectionOptions,
  modules: readonly string[],
  file?: string,
): void {
  validateRule(options.rule);
  const known = new Set(modules);
  const keep = new Set(options.pins.keep);
  for (const pin of [...options.pins.keep, ...options.pins.prune]) {
    if (!known.has(pin))
      throw badRequest(
        say('The adapter has no module {0} to pin', displayName(pin)),
        didYouMean(pin, modules),
        file,
      );
  }
  const both = options.pins.prune.find((pin) => keep.has(pin));
  if (both !== undefined)
    throw badRequest(
      say('Module {0} is pinned both keep and prune', displayName(both)),
      say('Take one of the two pins back.'),
    );
}

function validateRule(rule: Rule): void {
  if (rule.kind === 'top' && !(Number.isSafeInteger(rule.k) && rule.k >= 0)) {
    throw badRequest(
      say('The number of modules to remove must be a whole number from 0, not {0}', rule.k),
      say('Give for example 10.'),
    );
  }
  if (rule.kind === 'fraction' && !(rule.fraction >= 0 && rule.fraction <= 1)) {
    throw badRequest(
      say('The fraction must lie between 0 and 1, not {0}', rule.fraction),
      say('Give for example 0.25.'),
    );
  }
  if (rule.kind === 'threshold' && !Number.isFinite(rule.threshold)) {
    throw badRequest(
      say('The threshold must be a number, not {0}', rule.threshold),
      say('Give for example 1.5.'),
    );
  }
}
