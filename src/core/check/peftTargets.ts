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
      const compiled = compilePyRegex(`(${pattern})$`, budget);
      return (module) => attempt(() => pyMatch(compiled, module, budget));
    } catch (error) {
      if (error instanceof PatternError) return () => undefined;
      throw error;
    }
  };
  const { target_modules: target, exclude_modules: exclude } = config;
  const included = typeof target === 'string' ? wholeOr(target, regex) : listTest(config);
  const excluded = typeof exclude === 'string' && exclude !== '' ? regex(exclude) : byName(listOf(exclude));
  const isSaved = savedTest(listOf(config['modules_to_save']), regex);
  return (module) => {
    if (budget.steps < 0) return undefined;
    const out = excluded(module);
    if (out !== false) return out === undefined ? undefined : false;
    // A head that is saved whole is never adapted as well.
    const whole = isSaved(module);
    if (whole !== false) return whole === undefined ? undefined : false;
    return included(module);
  };
}

/** Heads by `(.*\\.)?(name)(\\..*)?`: a plain name is a part of the module's, everything else a pattern. */
function savedTest(names: readonly string[], regex: (pattern: string) => TargetTest): TargetTest {
  const isPlain = (name: string): boolean => /^[\w-]+$/.test(name);
  const parts = new Set(names.filter(isPlain));
  const patterns = names.filter((name) => !isPlain(name)).map((name) => regex(`(.*\\.)?(${name})(\\..*)?`));
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
  const names = listOf(config['target_modules']);
  const exact = new Set(names);
  const suffix = byName(names);
  const { layers_to_transform: layers } = config;
  const wanted = new Set(Array.isArray(layers) ? layers : typeof layers === 'number' ? [layers] : []);
  const patterns = listOf(config['layers_pattern']);
  return (module) => {
    if (exact.has(module)) return true;
    if (!suffix(module)) return false;
    if (wanted.size === 0) return true;
    const layer = layerIndex(module, patterns);
    return layer !== undefined && wanted.has(layer);
  };
}

/** The first numbered part of a name, after one of `patterns` where some are given. */
function layerIndex(module: string, patterns: readonly string[]): number | undefined {
  const parts = module.split('.');
  const at = parts.findIndex(
    (part, index) =>
      index > 0 &&
      index < parts.length - 1 &&
      /^\d+$/.test(part) &&
      (patterns.length === 0 ? index > 1 : patterns.includes(parts[index - 1] ?? '')),
  );
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
