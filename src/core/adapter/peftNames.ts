/**
 * How PEFT matches names of modules: lists of names by equality or by their ending after a dot (`target_modules`,
 * `exclude_modules`; `check_target_module_exists` in peft/tuners/tuners_utils.py), patterns by the first one that matches
 * (`rank_pattern`, `alpha_pattern`; `get_pattern_key` in peft/utils/other.py).
 */
import { say, type Message } from '../message';
import {
  compilePyRegex,
  PatternError,
  pyMatch,
  type CompileBudget,
  type PyRegex,
  type StepBudget,
} from './pyRegex';

/** Steps that matching all patterns of an adapter against all of its modules may take: well under a second. */
export const PATTERN_STEPS_MAX = 2_000_000;

/** Nodes that compiling all patterns of one adapter may visit: a few letters of a pattern can unroll to thousands. */
export const PATTERN_NODES_MAX = 120_000;

/** Comparing letters is far cheaper than a state of a regular expression: what a key costs, and each letter compared. */
const LITERAL_STEPS = 0.25;
const LETTER_STEPS = 1 / 16;

/** Names that a field of a config gives: a single string means a list of one. */
export function namesIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];
}

/**
 * The longest of `paths` that a name is or ends in after a dot. Each name asked for costs at most what the paths of one
 * length each hold in all: hostile names have as many dots as letters.
 * @throws PatternError when the budget is used up
 */
export function pathSuffix(
  paths: Iterable<string>,
  budget: StepBudget = { steps: Infinity },
): (name: string) => string | undefined {
  const known = new Set(paths);
  known.delete('');
  const lengths = [...new Set([...known].map(({ length }) => length))].sort((a, b) => b - a);
  return (name) => {
    budget.steps -= lengths.length * LETTER_STEPS;
    for (const length of lengths) {
      const start = name.length - length;
      if (start !== 0 && name[start - 1] !== '.') continue;
      if (budget.steps < 0) throw new PatternError(say('too costly to evaluate'));
      budget.steps -= 1 + length * LETTER_STEPS;
      const path = name.slice(start);
      if (known.has(path)) return path;
    }
    return undefined;
  };
}

/** Whether a name is one of `paths` or ends in one of them after a dot. */
export function pathSuffixTest(paths: Iterable<string>): (name: string) => boolean {
  const suffix = pathSuffix(paths);
  return (name) => suffix(name) !== undefined;
}

/** Why a pattern cannot be evaluated. */
interface PatternProblem {
  readonly problem: Message;
}

/** The result, or the reason of the `PatternError` that was thrown instead. */
export function orProblem<T extends object>(work: () => T): T | PatternProblem {
  try {
    return work();
  } catch (error) {
    if (error instanceof PatternError) return { problem: error.problem };
    throw error;
  }
}

/** One entry of `rank_pattern` or `alpha_pattern`, in the order of the file. */
export interface PatternEntry {
  readonly key: string;
  readonly value: number;
}

/** An entry ready to match, or the reason why it cannot be evaluated. */
export interface CompiledPattern extends PatternEntry {
  readonly regex?: PyRegex;
  /** Set for keys without special characters, which need no regex machine. */
  readonly literal?: string;
  readonly problem?: Message;
}

/**
 * Prepares entries as PEFT (>= 0.15) reads them: `re.match(rf"(.*\.)?({key})$", module)`.
 * What cannot be translated is kept with its `problem`.
 */
export function compilePatterns(
  entries: readonly PatternEntry[],
  budget: CompileBudget = { nodes: PATTERN_NODES_MAX },
): CompiledPattern[] {
  return entries.map((entry) => {
    const { key } = entry;
    // A dot is any character; `endsAt` compares it as such.
    if (/^[\w.-]+$/.test(key)) return { ...entry, literal: key };
    const regex = orProblem(() => compilePyRegex(`(.*\\.)?(${key})$`, budget));
    return 'problem' in regex ? { ...entry, ...regex } : { ...entry, regex };
  });
}

/** Whether the entry applies to the module. */
export function matchPattern(
  { problem, literal, regex }: CompiledPattern,
  module: string,
  budget: StepBudget,
): { readonly matches: boolean } | PatternProblem {
  if (problem !== undefined) return { problem };
  if (budget.steps < 0) return { problem: say('too costly to evaluate') };
  if (literal !== undefined) return { matches: matchLiteral(literal, module, budget) };
  return orProblem(() => ({ matches: regex !== undefined && pyMatch(regex, module, budget) }));
}

const DOT = 0x2e;
const NEWLINE = 0x0a;

/** `(.*\.)?key$` without the machine: `$` holds before a last newline too. */
function matchLiteral(literal: string, module: string, budget: StepBudget): boolean {
  budget.steps -= LITERAL_STEPS;
  const { length } = module;
  if (endsAt(literal, module, length, budget)) return true;
  return module.charCodeAt(length - 1) === NEWLINE && endsAt(literal, module, length - 1, budget);
}

/** Does a literal key end at `end` of the name, and begin at its start or after a dot? */
function endsAt(literal: string, module: string, end: number, budget: StepBudget): boolean {
  let [i, at] = [literal.length, end];
  while (i > 0 && at > 0) {
    const [wanted, unit] = [literal.charCodeAt(i - 1), module.charCodeAt(at - 1)];
    if (wanted === DOT ? unit === NEWLINE : wanted !== unit) break;
    // A dot of the key is any character, which may be two code units.
    at -= wanted === DOT && isLow(unit) && isHigh(module.charCodeAt(at - 2)) ? 2 : 1;
    i--;
  }
  budget.steps -= (literal.length - i) * LETTER_STEPS;
  if (i > 0 || at === 0) return i === 0;
  if (module.charCodeAt(at - 1) !== DOT) return false;
  // What comes before it is `.*`, in which no newline may be.
  budget.steps -= at * LETTER_STEPS;
  const newline = module.indexOf('\n');
  return newline === -1 || newline >= at;
}

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00;
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit < 0xe000;

export type PatternValue =
  | { readonly kind: 'match'; readonly value: number }
  | { readonly kind: 'none' }
  /** An entry that cannot be evaluated comes before any match: the value is unknown. */
  | { readonly kind: 'unknown'; readonly key: string; readonly problem: Message };

/** The value of the first entry that applies to the module, as PEFT takes it. */
export function firstMatch(
  patterns: readonly CompiledPattern[],
  module: string,
  budget: StepBudget,
): PatternValue {
  for (const pattern of patterns) {
    const answer = matchPattern(pattern, module, budget);
    if ('problem' in answer) return { kind: 'unknown', key: pattern.key, problem: answer.problem };
    if (answer.matches) return { kind: 'match', value: pattern.value };
  }
  return { kind: 'none' };
}

/** The value that the first entry gives the module, else `fallback`; undefined where that cannot be evaluated. */
export function valueFor(
  patterns: readonly CompiledPattern[],
  fallback: number,
  module: string,
  budget: StepBudget,
): number | undefined {
  const match = firstMatch(patterns, module, budget);
  return match.kind === 'unknown' ? undefined : match.kind === 'match' ? match.value : fallback;
}
