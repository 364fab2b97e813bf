import { namesIn, orProblem, pathSuffix, PATTERN_NODES_MAX } from '../adapter/peftNames';
import { compilePyRegex, pyMatch, type StepBudget } from '../adapter/pyRegex';
import { isMissing } from './facts';
import { defaultTargets } from './peftDefaults';

/** Does PEFT create the module (`tuners_utils.check_target_module_exists`)? Undefined: a pattern cannot be evaluated. */
export type TargetTest = (module: string) => boolean | undefined;

/** Steps that all names and regular expressions of a config may take together: well under a second. */
const STEPS_MAX = 10_000_000;

/** Different names in layers_pattern beyond which layers are not evaluated; real configs have one or two. */
export const LAYERS_PATTERNS_MAX = 100;

/** Undefined: the budget is used up. */
function answering(test: (module: string) => boolean): TargetTest {
  return (module) => {
    const answer = orProblem(() => ({ matches: test(module) }));
    return 'problem' in answer ? undefined : answer.matches;
  };
}

function byName(names: readonly string[], budget: StepBudget): TargetTest {
  const suffix = pathSuffix(names, budget);
  return answering((module) => suffix(module) !== undefined);
}

/**
 * Which modules PEFT adapts under this config: exclusions first, then a regular expression or a list of names.
 * @param modelType of the model, from which PEFT takes its defaults; absent: not known
 */
export function peftTargets(given: Readonly<Record<string, unknown>>, modelType?: string): TargetTest {
  const config = withDefaults(given, modelType);
  const budget = { steps: STEPS_MAX, nodes: PATTERN_NODES_MAX };
  const regex = (pattern: string): TargetTest => {
    const compiled = orProblem(() => compilePyRegex(pattern, budget));
    return 'problem' in compiled ? () => undefined : answering((module) => pyMatch(compiled, module, budget));
  };
  const { target_modules: target, exclude_modules: exclude } = config;
  const whole = (pattern: string): TargetTest => regex(`(${pattern})$`);
  const included = typeof target === 'string' ? wholeOr(target, whole) : listTest(config, budget);
  const excluded =
    typeof exclude === 'string' && exclude !== '' ? whole(exclude) : byName(namesIn(exclude), budget);
  const isSaved = savedTest(namesIn(config['modules_to_save']), regex);
  return (module) => {
    if (budget.steps < 0) return undefined;
    const out = excluded(module);
    if (out !== false) return out === undefined ? undefined : false;
    // A head that is saved whole is never adapted as well.
    const saved = isSaved(module);
    if (saved !== false) return saved === undefined ? undefined : false;
    return included(module);
  };
}

/** Without targets, PEFT takes those that it knows for the model type, unless parameters are targeted. */
function withDefaults(
  config: Readonly<Record<string, unknown>>,
  modelType: string | undefined,
): Readonly<Record<string, unknown>> {
  const { target_modules: target, target_parameters: parameters } = config;
  if (!isMissing(target) || !isMissing(parameters) || modelType === undefined) return config;
  return { ...config, target_modules: defaultTargets(modelType) ?? [] };
}

/** Heads by `(^|.*\.)name($|\..*)`: a plain name is a part of the module's, everything else a pattern. */
function savedTest(names: readonly string[], regex: (pattern: string) => TargetTest): TargetTest {
  const isPlain = (name: string): boolean => /^[\w-]+$/.test(name);
  const parts = new Set(names.filter(isPlain));
  const patterns = names.filter((name) => !isPlain(name)).map((name) => regex(`(^|.*\\.)${name}($|\\..*)`));
  return (module) => {
    if (parts.size > 0 && module.split('.').some((part) => parts.has(part))) return true;
    for (const test of patterns) {
      const answer = test(module);
      // What cannot be evaluated is not answered by what comes after it.
      if (answer !== false) return answer;
    }
    return false;
  };
}

/** Heads are left out by PEFT where it takes all linear layers; embeddings are no linear layers. */
const HEAD_OR_EMBEDDING =
  /(?:^|\.)(?:lm_head|embed_tokens|embed_out|wte|wpe|word_embeddings|score|classifier)$/;

/** "all-linear" is resolved by PEFT itself. */
const wholeOr = (target: string, regex: (pattern: string) => TargetTest): TargetTest =>
  target.toLowerCase() === 'all-linear' ? (module) => !HEAD_OR_EMBEDDING.test(module) : regex(target);

function listTest(config: Readonly<Record<string, unknown>>, budget: StepBudget): TargetTest {
  const { target_modules: target, target_parameters: parameters, layers_to_transform: layers } = config;
  // The defaults of the model type, which is not known here.
  if (isMissing(target)) return () => (isMissing(parameters) ? undefined : false);
  const names = namesIn(target);
  const exact = new Set(names);
  const suffix = byName(names, budget);
  const wanted = new Set(Array.isArray(layers) ? layers : typeof layers === 'number' ? [layers] : []);
  const layerOf = layerIndex([...new Set(namesIn(config['layers_pattern']))], budget);
  return (module) => {
    if (exact.has(module)) return true;
    const named = suffix(module);
    if (named !== true) return named;
    if (wanted.size === 0) return true;
    const layer = layerOf(module);
    return layer === 'unknown' ? undefined : layer !== undefined && wanted.has(layer);
  };
}

/**
 * The first numbered part of a name: after a part that is not the first, or after the first of `patterns` that has one
 * (in 0.21; before it a pattern had to follow a dot). Patterns are regular expressions; names are all that is read,
 * and `LAYERS_PATTERNS_MAX` of them.
 */
function layerIndex(
  patterns: readonly string[],
  budget: StepBudget,
): (module: string) => number | 'unknown' | undefined {
  if (patterns.length > LAYERS_PATTERNS_MAX) return () => 'unknown';
  const wanted = patterns.map((pattern) =>
    /^[\w-]+(?:\.[\w-]+)*$/.test(pattern) ? pattern.split('.') : undefined,
  );
  return (module) => {
    const parts = module.split('.');
    const numbered = parts.flatMap((part, at) => (at < parts.length - 1 && /^\d+$/.test(part) ? [at] : []));
    const value = (at: number | undefined): number | undefined =>
      at === undefined ? undefined : Number(parts[at]);
    if (wanted.length === 0) return value(numbered.find((at) => at > 1));
    for (const path of wanted) {
      if (path === undefined) return 'unknown';
      budget.steps -= 1 + numbered.length * Math.min(path.length, parts.length);
      if (budget.steps < 0) return 'unknown';
      const after = numbered.find((at) => endsPath(parts, at, path));
      if (after !== undefined) return value(after);
    }
    return undefined;
  };
}

/** Do the parts before `at` end in those of the path? Compared from the last on, where paths differ first. */
function endsPath(parts: readonly string[], at: number, path: readonly string[]): boolean {
  for (let back = 1; back <= path.length; back++) {
    if (parts[at - back] !== path[path.length - back]) return false;
  }
  return true;
}
