import { compilePyRegex, PatternError, pyMatch, type PyRegex, type StepBudget } from './pyRegex';

/** Steps that matching all patterns of an adapter against all of its modules may take: well under a second. */
export const PATTERN_STEPS_MAX = 2_000_000;

/** Nodes that compiling all patterns of one adapter may visit: a few letters of a pattern can unroll to thousands. */
export const PATTERN_NODES_MAX = 120_000;

/** Names for which a dot of a pattern is one code unit and `$` is the very end. */
const PLAIN_TEXT = /^[\x20-\x7e]*$/;

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
  readonly problem?: string;
}

/**
 * Prepares entries as PEFT (>= 0.15) reads them: `re.match(rf"(.*\.)?({key})$", module)`.
 * What cannot be translated is kept with its `problem`.
 */
export function compilePatterns(entries: readonly PatternEntry[]): CompiledPattern[] {
  const budget = { nodes: PATTERN_NODES_MAX };
  return entries.map(({ key, value }) => {
    // A dot stands for any character; it is checked as such below.
    if (/^[\w.-]+$/.test(key)) return { key, value, literal: key };
    try {
      return { key, value, regex: compilePyRegex(suffixAnchored(key), budget) };
    } catch (error) {
      if (error instanceof PatternError) return { key, value, problem: error.message };
      throw error;
    }
  });
}

const suffixAnchored = (key: string): string => `(.*\\.)?(${key})$`;

export type PatternAnswer = { readonly matches: boolean } | { readonly problem: string };

/** Does the entry apply to the module? */
export function matchPattern(pattern: CompiledPattern, module: string, budget: StepBudget): PatternAnswer {
  return matchOne(pattern, module, PLAIN_TEXT.test(module), budget);
}

const DOT = 0x2e;
const YES: PatternAnswer = { matches: true };
const NO: PatternAnswer = { matches: false };
const TOO_COSTLY: PatternAnswer = { problem: 'too costly to evaluate' };

/** `plain`: the module's name passes `PLAIN_TEXT`. */
function matchOne(
  pattern: CompiledPattern,
  module: string,
  plain: boolean,
  budget: StepBudget,
): PatternAnswer {
  if (pattern.problem !== undefined) return { problem: pattern.problem };
  if (pattern.literal !== undefined && plain) return matchLiteral(pattern.literal, module, budget);
  try {
    // A literal key meets a name that is not plain text: it is compiled on the spot, which costs steps too.
    if (pattern.regex === undefined) budget.steps -= pattern.key.length;
    if (budget.steps < 0) return TOO_COSTLY;
    const regex = pattern.regex ?? compilePyRegex(suffixAnchored(pattern.key));
    return pyMatch(regex, module, budget) ? YES : NO;
  } catch (error) {
    if (error instanceof PatternError) return { problem: error.message };
    throw error;
  }
}

function matchLiteral(literal: string, module: string, budget: StepBudget): PatternAnswer {
  const start = module.length - literal.length;
  // Comparing letters is far cheaper than a state of a regular expression.
  budget.steps -= 1 + (literal.length >> 5);
  if (budget.steps < 0) return TOO_COSTLY;
  if (start < 0 || (start > 0 && module.charCodeAt(start - 1) !== DOT)) return NO;
  for (let i = literal.length - 1; i >= 0; i--) {
    const wanted = literal.charCodeAt(i);
    if (wanted !== DOT && wanted !== module.charCodeAt(start + i)) return NO;
  }
  return YES;
}

export type PatternValue =
  | { readonly kind: 'match'; readonly value: number }
  | { readonly kind: 'none' }
  /** An entry that cannot be evaluated stands before any match: the value is unknown. */
  | { readonly kind: 'unknown'; readonly key: string; readonly problem: string };

/** The value of the first entry that applies to the module, as PEFT takes it. */
export function firstMatch(
  patterns: readonly CompiledPattern[],
  module: string,
  budget: StepBudget,
): PatternValue {
  const plain = PLAIN_TEXT.test(module);
  for (const pattern of patterns) {
    const answer = matchOne(pattern, module, plain, budget);
    if ('problem' in answer) return { kind: 'unknown', key: pattern.key, problem: answer.problem };
    if (answer.matches) return { kind: 'match', value: pattern.value };
  }
  return { kind: 'none' };
}
