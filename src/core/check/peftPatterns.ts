import { quotedList } from '../adapter/names';
import {
  compilePatterns,
  firstMatch,
  matchPattern,
  PATTERN_STEPS_MAX,
  type CompiledPattern,
} from '../adapter/patterns';
import { readPeftConfig, type PeftConfig } from '../adapter/peftConfig';
import {
  compilePyRegex,
  PatternError,
  pyMatch,
  type CompileBudget,
  type PyRegex,
  type StepBudget,
} from '../adapter/pyRegex';
import { PEFT_OPTIONAL_PREFIX, PEFT_PATTERNS_APART } from './peftFields';
import type { CheckInput, LoadFinding } from './types';
import { say, type Message, type MessageValue } from '../message';

/** Differences of versions are looked for in so many entries at most; real configs have some hundreds. */
const OLDER_ENTRIES_MAX = 2_000;
/** Nodes that compiling them for older versions may visit: a few percent of a second. */
const OLDER_NODES_MAX = 20_000;

/** What rank_pattern and alpha_pattern do: ranks that the weights do not have, and values that older versions take. */
export function patternFindings({ adapter }: CheckInput, configText: string): LoadFinding[] {
  const fields = readPeftConfig(adapter.config, configText, adapter.configFile);
  const ranks = compilePatterns(fields.rankPattern);
  const budget = { steps: PATTERN_STEPS_MAX, nodes: OLDER_NODES_MAX };
  const misfits = adapter.modules.filter(({ name, rank }) => {
    const expected = newestValue(ranks, name, fields.r, budget);
    return expected !== undefined && expected !== rank;
  });
  const names = adapter.modules.map(({ name }) => name);
  const findings = olderFindings(fields, ranks, names, budget);
  if (misfits.length > 0) {
    const message = say(
      'The config gives another rank than the weights of {0}: PEFT stops with a size mismatch.',
      quotedList(misfits.map(({ name }) => name)),
    );
    findings.push({ severity: 'error', message, field: 'r' });
  }
  return findings;
}

/** Undefined: a pattern cannot be evaluated. */
function newestValue(
  patterns: readonly CompiledPattern[],
  module: string,
  otherwise: number,
  budget: StepBudget,
): number | undefined {
  const match = firstMatch(patterns, module, budget);
  return match.kind === 'match' ? match.value : match.kind === 'none' ? otherwise : undefined;
}

function olderFindings(
  fields: PeftConfig,
  ranks: readonly CompiledPattern[],
  modules: readonly string[],
  budget: StepBudget & CompileBudget,
): LoadFinding[] {
  const { rankPattern, alphaPattern } = fields;
  const entries = rankPattern.length + alphaPattern.length;
  if (entries === 0 || entries > OLDER_ENTRIES_MAX) return [];
  const alphas = compilePatterns(alphaPattern);
  const [rankKeyOf, alphaKeyOf] = [olderKeys(ranks, budget), olderKeys(alphas, budget)];
  const rankOf = new Map(rankPattern.map(({ key, value }) => [key, value]));
  const alphaOf = new Map(alphaPattern.map(({ key, value }) => [key, value]));
  const [apart, together]: [string[], string[]] = [[], []];
  for (const module of modules) {
    if (budget.steps < 0 || budget.nodes < 0) break;
    const rank = newestValue(ranks, module, fields.r, budget);
    const alpha = newestValue(alphas, module, fields.loraAlpha, budget);
    const [rankKey, alphaKey] = [rankKeyOf(module), alphaKeyOf(module)];
    if (rankKey === undefined || alphaKey === undefined || rank === undefined || alpha === undefined)
      continue;
    const differs = (keyOfRank: string, keyOfAlpha: string): boolean =>
      (rankOf.get(keyOfRank) ?? fields.r) !== rank || (alphaOf.get(keyOfAlpha) ?? fields.loraAlpha) !== alpha;
    // A module that no key matches is looked up by its own name.
    const one = rankKey.key ?? alphaKey.key ?? module;
    if (differs(rankKey.key ?? module, alphaKey.key ?? module)) apart.push(module);
    else if (differs(one, one)) together.push(module);
  }
  return [
    ...older(apart, PEFT_OPTIONAL_PREFIX, (version, names) =>
      say(
        'PEFT before {0} lets keys that are endings of a name win over full names, and knows no "^": {1} would get another rank (and stop it) or alpha.',
        version,
        names,
      ),
    ),
    ...older(together, PEFT_PATTERNS_APART, (version, names) =>
      say(
        'PEFT before {0} takes one key for both rank_pattern and alpha_pattern: {1} would get another rank (and stop it) or alpha.',
        version,
        names,
      ),
    ),
  ];
}

function older(
  modules: readonly string[],
  minor: number,
  told: (version: string, names: MessageValue) => Message,
): LoadFinding[] {
  if (modules.length === 0) return [];
  const version = `0.${minor}`;
  const message = told(version, quotedList(modules));
  return [{ severity: 'note', message, versions: say('before {0}', version) }];
}

/** The key that `re.match(rf".*\.{key}$", module)` finds first (none: `{}`); undefined: one cannot be evaluated. */
function olderKeys(
  patterns: readonly CompiledPattern[],
  budget: StepBudget & CompileBudget,
): (module: string) => { readonly key?: string } | undefined {
  // Compiled when first needed: most modules are met by an early entry.
  const compiled = new Map<string, PyRegex>();
  const matches = (pattern: CompiledPattern, module: string): boolean => {
    if (pattern.literal !== undefined && module.length <= pattern.literal.length) return false;
    if (pattern.literal !== undefined || pattern.problem !== undefined) {
      const answer = matchPattern(pattern, module, budget);
      if ('problem' in answer) throw new PatternError(answer.problem);
      return answer.matches;
    }
    const regex = compiled.get(pattern.key) ?? compilePyRegex(`.*\\.${pattern.key}$`, budget);
    compiled.set(pattern.key, regex);
    return pyMatch(regex, module, budget);
  };
  return (module) => {
    try {
      const found = patterns.find((pattern) => matches(pattern, module));
      return found === undefined ? {} : { key: found.key };
    } catch (error) {
      if (error instanceof PatternError) return undefined;
      throw error;
    }
  };
}
