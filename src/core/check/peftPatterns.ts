import { quotedList } from '../adapter/names';
import {
  compilePatterns,
  firstMatch,
  matchPattern,
  PATTERN_NODES_MAX,
  PATTERN_STEPS_MAX,
  type CompiledPattern,
  type PatternEntry,
} from '../adapter/patterns';
import { readPeftConfig, type PeftConfig } from '../adapter/peftConfig';
import { compilePyRegex, PatternError, pyMatch, type PyRegex, type StepBudget } from '../adapter/pyRegex';
import { PEFT_OPTIONAL_PREFIX, PEFT_PATTERNS_APART } from './peftFields';
import type { CheckInput, LoadFinding } from './types';

/** What rank_pattern and alpha_pattern do: ranks that the weights do not have, and values that older versions take. */
export function patternFindings({ adapter }: CheckInput, configText: string): LoadFinding[] {
  const fields = readPeftConfig(adapter.config, configText, adapter.configFile);
  const budget = { steps: PATTERN_STEPS_MAX };
  const newest = newestValues(fields, budget);
  const misfits = adapter.modules.filter(({ name, rank }) => {
    const expected = newest(name).rank;
    return expected !== undefined && expected !== rank;
  });
  const names = adapter.modules.map(({ name }) => name);
  const findings = olderFindings(fields, names, newest);
  if (misfits.length > 0) {
    const message = `The config gives another rank than the weights of ${quotedList(misfits.map(({ name }) => name))}: PEFT stops with a size mismatch.`;
    findings.push({ severity: 'error', message, field: 'r' });
  }
  return findings;
}

/** Rank and alpha of a module; undefined: a pattern cannot be evaluated. */
interface Values {
  readonly rank: number | undefined;
  readonly alpha: number | undefined;
}
type ValuesOf = (module: string) => Values;

function newestValues(fields: PeftConfig, budget: StepBudget): ValuesOf {
  const ranks = compilePatterns(fields.rankPattern);
  const alphas = compilePatterns(fields.alphaPattern);
  const first = (
    patterns: readonly CompiledPattern[],
    module: string,
    otherwise: number,
  ): number | undefined => {
    const match = firstMatch(patterns, module, budget);
    return match.kind === 'match' ? match.value : match.kind === 'none' ? otherwise : undefined;
  };
  return (module) => ({
    rank: first(ranks, module, fields.r),
    alpha: first(alphas, module, fields.loraAlpha),
  });
}

function olderFindings(fields: PeftConfig, modules: readonly string[], newest: ValuesOf): LoadFinding[] {
  const { rankPattern, alphaPattern } = fields;
  if (rankPattern.length + alphaPattern.length === 0) return [];
  const budget = { steps: PATTERN_STEPS_MAX, nodes: PATTERN_NODES_MAX };
  const ranks = olderKeys(rankPattern, budget);
  const alphas = olderKeys(alphaPattern, budget);
  const rankOf = new Map(rankPattern.map(({ key, value }) => [key, value]));
  const alphaOf = new Map(alphaPattern.map(({ key, value }) => [key, value]));
  const [apart, together]: [string[], string[]] = [[], []];
  for (const module of modules) {
    const now = newest(module);
    const [rankKey, alphaKey] = [ranks(module), alphas(module)];
    if (rankKey === undefined || alphaKey === undefined || now.rank === undefined || now.alpha === undefined)
      continue;
    const differs = (keyOfRank: string, keyOfAlpha: string): boolean =>
      (rankOf.get(keyOfRank) ?? fields.r) !== now.rank ||
      (alphaOf.get(keyOfAlpha) ?? fields.loraAlpha) !== now.alpha;
    // A module that no key matches is looked up by its own name.
    const one = rankKey.key ?? alphaKey.key ?? module;
    if (differs(rankKey.key ?? module, alphaKey.key ?? module)) apart.push(module);
    else if (differs(one, one)) together.push(module);
  }
  return [
    ...older(
      apart,
      PEFT_OPTIONAL_PREFIX,
      'lets keys that are endings of a name win over full names, and knows no "^"',
    ),
    ...older(together, PEFT_PATTERNS_APART, 'takes one key for both rank_pattern and alpha_pattern'),
  ];
}

function older(modules: readonly string[], version: number, what: string): LoadFinding[] {
  if (modules.length === 0) return [];
  const message = `PEFT before 0.${version} ${what}: ${quotedList(modules)} would get another rank (and stop it) or alpha.`;
  return [{ severity: 'note', message, versions: `before 0.${version}` }];
}

/** The key that `re.match(rf".*\.{key}$", module)` finds first (none: `{}`); undefined: one cannot be evaluated. */
function olderKeys(
  entries: readonly PatternEntry[],
  budget: StepBudget & { nodes: number },
): (module: string) => { readonly key?: string } | undefined {
  const patterns = compilePatterns(entries).map((pattern) => ({
    pattern,
    ...(pattern.literal === undefined ? olderRegex(pattern.key, budget) : {}),
  }));
  return (module) => {
    for (const { pattern, regex } of patterns) {
      const matches =
        pattern.literal === undefined
          ? regexMatches(regex, module, budget)
          : module.length > pattern.literal.length && literalMatches(pattern, module, budget);
      if (matches === undefined) return undefined;
      if (matches) return { key: pattern.key };
    }
    return {};
  };
}

function literalMatches(pattern: CompiledPattern, module: string, budget: StepBudget): boolean | undefined {
  const answer = matchPattern(pattern, module, budget);
  return 'problem' in answer ? undefined : answer.matches;
}

function olderRegex(key: string, budget: { nodes: number }): { readonly regex?: PyRegex } {
  try {
    return { regex: compilePyRegex(`.*\\.${key}$`, budget) };
  } catch (error) {
    if (error instanceof PatternError) return {};
    throw error;
  }
}

function regexMatches(regex: PyRegex | undefined, module: string, budget: StepBudget): boolean | undefined {
  if (regex === undefined) return undefined;
  try {
    return pyMatch(regex, module, budget);
  } catch (error) {
    if (error instanceof PatternError) return undefined;
    throw error;
  }
}
