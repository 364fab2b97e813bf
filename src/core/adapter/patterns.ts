import {
  compilePyRegex,
  PatternError,
  pyMatch,
  type CompileBudget,
  type PyRegex,
  type StepBudget,
} from './pyRegex';
import { say, type Message } from '../message';

/** Steps that matching all patterns of an adapter against all of its modules may take: well under a second. */
export const PATTERN_STEPS_MAX = 2_000_000;

/** Nodes that compiling all patterns of one adapter may visit: a few letters of a pattern can unroll to thousands. */
export const PATTERN_NODES_MAX = 120_000;

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
  return entries.map(({ key, value }) => {
    // A dot stands for any character; it is checked as such below.
    if (/^[\w.-]+$/.test(key)) return { key, value, literal: key };
    try {
      return { key, value, regex: compilePyRegex(suffixAnchored(key), budget) };
    } catch (error) {
      if (error instanceof PatternError) return { key, value, problem: error.problem };
      throw error;
    }
  });
}

const suffixAnchored = (key: string): string => `(.*\\.)?(${key})$`;

export type PatternAnswer = { readonly matches: boolean } | { readonly problem: Message };

const DOT = 0x2e;
const NEWLINE = 0x0a;
const YES: PatternAnswer = { matches: true };
const NO: PatternAnswer = { matches: false };
const TOO_COSTLY: PatternAnswer = { problem: say('too costly to evaluate') };

/** Does the entry apply to the module? */
export function matchPattern(
  { problem, literal, regex }: CompiledPattern,
  module: string,
  budget: StepBudget,
): PatternAnswer {
  if (problem !== undefined) return { problem };
  if (budget.steps < 0) return TOO_COSTLY;
  if (literal !== undefined) return matchLiteral(literal, module, budget) ? YES : NO;
  try {
    return regex !== undefined && pyMatch(regex, module, budget) ? YES : NO;
  } catch (error) {
    if (error instanceof PatternError) return { problem: error.problem };
    throw error;
  }
}

/** Comparing letters is far cheaper than a state of a regular expression: what a key costs, and each letter compared. */
const LITERAL_STEPS = 0.25;
const LETTER_STEPS = 1 / 16;

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
  // What stands before it is `.*`, in which no newline may be.
  budget.steps -= at * LETTER_STEPS;
  const newline = module.indexOf('\n');
  return newline === -1 || newline >= at;
}

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00;
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit < 0xe000;

export type PatternValue =
  | { readonly kind: 'match'; readonly value: number }
  | { readonly kind: 'none' }
  /** An entry that cannot be evaluated stands before any match: the value is unknown. */
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
