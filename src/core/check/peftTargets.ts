import { PATTERN_NODES_MAX } from '../adapter/patterns';
import { compilePyRegex, PatternError, pyMatch } from '../adapter/pyRegex';

/** Does PEFT create the module (`tuners_utils.check_target_module_exists`)? Undefined: a pattern cannot be evaluated. */
export type TargetTest = (module: string) => boolean | undefined;

/** Steps that all regular expressions of a config may take together: well under a second. */
const STEPS_MAX = 10_000_000;

const listOf = (value: unknown): string[] =>
  typeof value === 'string'
    ? [value]
    : Array.isArray(value)
      ? value.filter((entry) => typeof entry === 'string')
      : [];

const byName = (names: readonly string[]): ((module: string) => boolean) => {
  const known = new Set(names);
  // An entry is met by the name itself and by every name that ends in "." and the entry.
  return (module) => {
    if (known.has(module)) return true;
    for (let dot = module.indexOf('.'); dot !== -1; dot = module.indexOf('.', dot + 1)) {
      if (known.has(module.slice(dot + 1))) return true;
    }
    return false;
  };
};

/** Which modules PEFT adapts under this config: exclusions first, then a regular expression or a list of names. */
export function peftTargets(config: Readonly<Record<string, unknown>>): TargetTest {
  const budget = { steps: STEPS_MAX, nodes: PATTERN_NODES_MAX };
  const regex = (pattern: string): TargetTest => {
    if (budget.nodes < 0) return () => undefined;
    try {
      const compiled = compilePyRegex(pattern, budget);
      return (module) => attempt(() => pyMatch(compiled, module, budget));
    } catch (error) {
      if (error instanceof PatternError) return () => undefined;
      throw error;
    }
  };
  const { target_modules: target, exclude_modules: exclude } = config;
  const whole = (pattern: string): TargetTest => regex(`(${pattern})$`);
  const included = typeof target === 'string' ? wholeOr(target, whole) : listTest(config);
  const excluded = typeof exclude === 'string' && exclude !== '' ? whole(exclude) : byName(listOf(exclude));
  const isSaved = savedTest(listOf(config['modules_to_save']), regex);
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

/** Heads by `(^|.*\.)name($|\..*)`: a plain name is a part of the module's, everything else a pattern as it stands. */
function savedTest(names: readonly string[], regex: (pattern: string) => TargetTest): TargetTest {
  const isPlain = (name: string): boolean => /^[\w-]+$/.test(name);
  const parts = new Set(names.filter(isPlain));
  const patterns = names.filter((name) => !isPlain(name)).map((name) => regex(`(^|.*\\.)${name}($|\\..*)`));
  return (module) => {
    if (module.split('.').some((part) => parts.has(part))) return true;
    for (const test of patterns) {
      const answer = test(module);
      // What cannot be evaluated is not answered by what comes after it.
      if (answer !== false) return answer;
    }
    return false;
  };
}

/** "all-linear" is resolved by PEFT itself. */
const wholeOr = (target: string, regex: (pattern: string) => TargetTest): TargetTest =>
  target.toLowerCase() === 'all-linear' ? () => true : regex(target);

function listTest(config: Readonly<Record<string, unknown>>): TargetTest {
  const { target_modules: target, target_parameters: parameters, layers_to_transform: layers } = config;
  // Without any, PEFT takes those that it knows for the model type, unless parameters are targeted.
  if (target === undefined || target === null)
    return () => (parameters === undefined || parameters === null ? undefined : false);
  const names = listOf(target);
  const exact = new Set(names);
  const suffix = byName(names);
  const wanted = new Set(Array.isArray(layers) ? layers : typeof layers === 'number' ? [layers] : []);
  const patterns = listOf(config['layers_pattern']);
  return (module) => {
    if (exact.has(module)) return true;
    if (!suffix(module)) return false;
    if (wanted.size === 0) return true;
    const layer = layerIndex(module.split('.'), patterns);
    return layer === 'unknown' ? undefined : layer !== undefined && wanted.has(layer);
  };
}

/**
 * The first numbered part of a name: after a part that is not the first, or after the first of `patterns` that has one
 * (in 0.21; before it a pattern had to stand after a dot). Patterns are regular expressions; names are all that is read.
 */
function layerIndex(parts: readonly string[], patterns: readonly string[]): number | 'unknown' | undefined {
  if (patterns.length === 0) return numberedAt(parts, (at) => at > 1);
  for (const pattern of patterns) {
    if (!/^[\w-]+(?:\.[\w-]+)*$/.test(pattern)) return 'unknown';
    const wanted = pattern.split('.');
    const found = numberedAt(parts, (at) =>
      wanted.every((part, i) => parts[at - wanted.length + i] === part),
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

function numberedAt(parts: readonly string[], fits: (at: number) => boolean): number | undefined {
  const at = parts.findIndex((part, i) => i < parts.length - 1 && /^\d+$/.test(part) && fits(i));
  return at === -1 ? undefined : Number(parts[at]);
}

function attempt(work: () => boolean): boolean | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof PatternError) return undefined;
    throw error;
  }
}
