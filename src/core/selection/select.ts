import { didYouMean, naturalCompare } from '../adapter/names';
import type { ScoreName } from '../ediem/types';
import { badRequest } from '../errors';
import { isPair, type ModuleResult } from '../report/analysis';
import { scoreInfo } from '../report/scores';
import { displayName } from '../safetensors/displayName';
import { Cut } from './cut';
import { say } from '../message';
import { parseRule, ruleNumber } from './rule';
import type { ModuleVerdict, Order, Pins, Rule, SelectionOptions, Verdict } from './types';

/** The order in which a score's modules go when the user names none. */
export function naturalOrder(score: ScoreName): Order {
  return scoreInfo[score].goesFirst;
}

/** What a ranking needs to know of a module. */
export interface Rankable {
  readonly module: string;
  /** Null: it has none, or one that is not a number. */
  readonly score: number | null;
  /** A whole weight of the file: rules take pairs only, since "the top 8" is not meant to include a trained head. */
  readonly isReplacement: boolean;
}

/** Modules by one score; ties by name, in natural order. Every rule takes a front part of it. */
export interface Ranking {
  /** For each module, 1 = pruned first; null if not ranked. */
  readonly positions: readonly (number | null)[];
  readonly cut: Cut;
}

export function rankables(modules: readonly ModuleResult[], score: ScoreName): Rankable[] {
  return modules.map((result) => ({
    module: result.module,
    score: result.status === 'scored' && Number.isFinite(result[score]) ? result[score] : null,
    isReplacement: !isPair(result),
  }));
}

export function rankModules(modules: readonly Rankable[], order: Order): Ranking {
  const sign = order === 'largest' ? -1 : 1;
  const ranked = modules
    .flatMap(({ module, score, isReplacement }, index) =>
      score === null || isReplacement ? [] : [{ module, score, index }],
    )
    .sort((a, b) => sign * (a.score - b.score) || naturalCompare(a.module, b.module));
  const positions = new Array<number | null>(modules.length).fill(null);
  for (const [place, { index }] of ranked.entries()) positions[index] = place + 1;
  const cut = new Cut(
    ranked.map(({ score }) => score),
    order,
  );
  return { positions, cut };
}

/**
 * What becomes of each module, in the order given: the rule takes the front of the ranking, and pins win over it.
 * - `top`: the first `k`, or all if there are fewer.
 * - `threshold`: scores `>= t`, or `<= t` if the smallest go first.
 * - `fraction`: the first `f` of the ranked modules, rounded to the nearest whole number, halves up.
 */
export function decide(
  modules: readonly Rankable[],
  { positions, cut }: Ranking,
  { rule, pins }: Pick<SelectionOptions, 'rule' | 'pins'>,
): ModuleVerdict[] {
  const count = cut.count(rule);
  const keep = new Set(pins.keep);
  const prune = new Set(pins.prune);
  return modules.map(({ module, score }, index) => {
    const rankPosition = positions[index] ?? null;
    if (keep.has(module)) return { module, verdict: 'keep', by: 'pin', rankPosition };
    if (prune.has(module)) return { module, verdict: 'prune', by: 'pin', rankPosition };
    const isTaken = rankPosition !== null && rankPosition <= count;
    return {
      module,
      verdict: isTaken ? 'prune' : 'keep',
      by: score === null ? 'unscored' : 'rule',
      rankPosition,
    };
  });
}

/**
 * Ranks and decides for a result. Modules without a score and replacements stay unless pinned. Throws `bad-request` as
 * `validateSelection` does.
 */
export function select(
  modules: readonly ModuleResult[],
  options: SelectionOptions,
  file?: string,
): ModuleVerdict[] {
  const names = modules.map(({ module }) => module);
  validateSelection(options, names, file);
  const inputs = rankables(modules, options.rankBy);
  return decide(inputs, rankModules(inputs, orderOf(options)), options);
}

export function orderOf({ rankBy, order }: RankedBy): Order {
  return order ?? naturalOrder(rankBy);
}

/**
 * A selection after a change. A new score takes its natural order unless the change names one. If only the ranking
 * changes, a threshold (a value of one score) becomes the value that takes as many modules in the new ranking.
 * @param rank the modules by a score
 */
export function changeSelection(
  before: SelectionOptions,
  change: SelectionEdit,
  rank: (by: RankedBy) => Ranking,
): SelectionOptions {
  const { order, ...merged } = { ...before, ...change };
  const isNewScore = change.rankBy !== undefined && change.order === undefined;
  const after = { ...merged, ...(order === undefined || isNewScore ? {} : { order }) };
  if (change.rule !== undefined || before.rule.kind !== 'threshold') return after;
  if (before.rankBy === after.rankBy && orderOf(before) === orderOf(after)) return after;
  const { cut } = rank(after);
  // Without scores, no value takes as many.
  if (cut.size === 0) return after;
  return { ...after, rule: cut.ruleOfCount('threshold', rank(before).cut.count(before.rule)) };
}

/** Pins after some modules are pinned, or with null unpinned. */
export function changePins({ keep, prune }: Pins, modules: readonly string[], verdict: Verdict | null): Pins {
  const touched = new Set(modules);
  const rest = (names: readonly string[]): string[] => names.filter((name) => !touched.has(name));
  return {
    keep: verdict === 'keep' ? [...rest(keep), ...touched] : rest(keep),
    prune: verdict === 'prune' ? [...rest(prune), ...touched] : rest(prune),
  };
}

/** A change of the rule or the ranking; absent parts stay. */
export type SelectionEdit = Partial<Omit<SelectionOptions, 'pins'>>;
export type RankedBy = Pick<SelectionOptions, 'rankBy' | 'order'>;

/** The modules that rule and pins take. */
export function selectedModules(verdicts: readonly ModuleVerdict[]): string[] {
  return verdicts.filter(({ verdict }) => verdict === 'prune').map(({ module }) => module);
}

/** How many modules rule and pins take. */
export function selectedCount(verdicts: readonly ModuleVerdict[]): number {
  return selectedModules(verdicts).length;
}

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
      say('Module {0} is pinned as both keep and prune', displayName(both)),
      say('Remove one of the two pins.'),
    );
}

const RULE_PROBLEMS = {
  top: {
    message: say('The number of modules to prune must be a whole number of at least 0, not {0}'),
    advice: say('Specify a value such as 10.'),
  },
  fraction: {
    message: say('The fraction must be between 0 and 1, not {0}'),
    advice: say('Specify a value such as 0.25.'),
  },
  threshold: {
    message: say('The threshold must be a number, not {0}'),
    advice: say('Specify a value such as 1.5.'),
  },
} as const;

function validateRule(rule: Rule): void {
  if (rule.kind === 'none' || parseRule(rule) !== undefined) return;
  const { message, advice } = RULE_PROBLEMS[rule.kind];
  throw badRequest({ ...message, values: [ruleNumber(rule)] }, advice);
}
