import type { PopulationKind, ScaleMode, ScoreName } from '../core/ediem/types';
import { isRecord } from '../core/record';
import type { QuartileMode } from '../core/report/analysis';
import type { ExecutionProvider, PruneMode } from '../protocol/engineApi';

/** Scores that the rule can rank by; the order here is the order in menus. */
export const RANKABLE_SCORES = [
  'ediemIqr',
  'ediemStd',
  'diemTheoretical',
  'reversal',
  'cosine',
  'retained',
  'relativeDistance',
  'distance',
  'updateNorm',
] as const satisfies readonly ScoreName[];

const RULE_KINDS = ['top', 'threshold', 'fraction', 'none'] as const;
const ORDERS = ['natural', 'largest', 'smallest'] as const;
const POPULATIONS = ['shape', 'all', 'type'] as const satisfies readonly PopulationKind[];
const SCALES = ['effective', 'none'] as const satisfies readonly ScaleMode[];
const QUARTILES = ['exact', 'sampled'] as const satisfies readonly QuartileMode[];
export const PRUNE_MODES = ['remove', 'zero'] as const satisfies readonly PruneMode[];
const PROVIDERS = [
  'auto',
  'cpu',
  'webgpu',
  'cuda',
  'directml',
  'coreml',
] as const satisfies readonly ExecutionProvider[];
const SEVERITIES = ['warning', 'error', 'information', 'hint', 'off'] as const;

export type RuleKind = (typeof RULE_KINDS)[number];
export type DiagnosticSeveritySetting = (typeof SEVERITIES)[number];

/** More worker threads than any machine that runs an editor has cores. */
const MAX_THREADS = 256;
/** More modules than any adapter has (the engine's own bound is on tensors). */
const MAX_TOP = 1_000_000;
/** A day: longer than this a process is not idle but forgotten. */
const MAX_IDLE_SECONDS = 86_400;
/** setTimeout fires at once above 2^31 ms, and an engine stopped between two clicks starts in vain. */
const MIN_IDLE_SECONDS = 5;

/** Base and aligned model as chosen for one adapter: each a folder, a file or a Hugging Face repo id. */
export interface ModelPair {
  readonly base: string;
  readonly aligned: string;
}

/** Where VS Code lets a setting be changed. `resource`: down to a folder of the workspace. */
export type SettingScope = 'resource' | 'window' | 'machine-overridable';

interface Definition<T> {
  readonly default: T;
  readonly scope: SettingScope;
  readonly accepts: (value: unknown) => value is T;
  /** What is left of a value once invalid parts are dropped; absent where a value is valid as a whole or not at all. */
  readonly validPart?: (value: unknown) => unknown;
  /** For the comparison with package.json; absent where any value of the type goes. */
  readonly choices?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
}

// Plain checks and no schema library: settings are read at activation, which has 20 ms.

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isText);
}

function isPair(value: unknown): value is ModelPair {
  return isRecord(value) && isText(value['base']) && isText(value['aligned']);
}

function isPairs(value: unknown): value is Readonly<Record<string, ModelPair>> {
  return isRecord(value) && Object.values(value).every(isPair);
}

/** Entries are written by hand: a typo in one must not take the others away. */
function validPairs(value: unknown): unknown {
  return isRecord(value)
    ? Object.fromEntries(Object.entries(value).filter(([, pair]) => isPair(pair)))
    : value;
}

function choice<const T extends string>(choices: readonly [T, ...T[]], scope: SettingScope): Definition<T> {
  return {
    default: choices[0],
    scope,
    choices,
    accepts: (value): value is T => choices.some((one) => one === value),
  };
}

function inRange(value: number, minimum: number, maximum: number, scope: SettingScope): Definition<number> {
  const accepts = (given: unknown): given is number =>
    typeof given === 'number' && given >= minimum && given <= maximum;
  return { default: value, scope, minimum, maximum, accepts };
}

function whole(value: number, minimum: number, maximum: number, scope: SettingScope): Definition<number> {
  const range = inRange(value, minimum, maximum, scope);
  const accepts = (given: unknown): given is number => range.accepts(given) && Number.isInteger(given);
  return { ...range, accepts };
}

function finite(value: number, scope: SettingScope): Definition<number> {
  const accepts = (given: unknown): given is number => typeof given === 'number' && Number.isFinite(given);
  return { default: value, scope, accepts };
}

function text(scope: SettingScope): Definition<string> {
  return { default: '', scope, accepts: isText };
}

function flag(value: boolean, scope: SettingScope): Definition<boolean> {
  return { default: value, scope, accepts: (given): given is boolean => typeof given === 'boolean' };
}

/** Every setting below `splora.`, with default, scope and what is valid. */
export const SETTINGS = {
  'models.base': text('resource'),
  'models.aligned': text('resource'),
  'models.byAdapter': {
    default: {},
    scope: 'resource',
    accepts: isPairs,
    validPart: validPairs,
  } as Definition<Readonly<Record<string, ModelPair>>>,
  'models.folders': {
    default: [],
    scope: 'machine-overridable',
    accepts: isTexts,
  } as Definition<readonly string[]>,
  'models.huggingFaceCache': text('machine-overridable'),
  'rule.kind': choice(RULE_KINDS, 'resource'),
  'rule.top': whole(10, 1, MAX_TOP, 'resource'),
  'rule.threshold': finite(2, 'resource'),
  'rule.fraction': inRange(0.1, 0, 1, 'resource'),
  'rule.rankBy': choice(RANKABLE_SCORES, 'resource'),
  'rule.order': choice(ORDERS, 'resource'),
  'analysis.population': choice(POPULATIONS, 'resource'),
  'analysis.scale': choice(SCALES, 'resource'),
  'analysis.quartiles': choice(QUARTILES, 'resource'),
  'prune.mode': choice(PRUNE_MODES, 'resource'),
  'prune.copyRest': flag(false, 'resource'),
  'prune.bakeScale': flag(false, 'resource'),
  'diagnostics.severity': choice(SEVERITIES, 'resource'),
  'hover.enabled': flag(true, 'resource'),
  'fileBadges.enabled': flag(true, 'window'),
  'engine.threads': whole(0, 0, MAX_THREADS, 'machine-overridable'),
  'engine.executionProvider': choice(PROVIDERS, 'machine-overridable'),
  'engine.idleSeconds': whole(120, MIN_IDLE_SECONDS, MAX_IDLE_SECONDS, 'window'),
} as const;

export type SettingKey = keyof typeof SETTINGS;
export type SettingValue<K extends SettingKey> = (typeof SETTINGS)[K] extends Definition<infer T> ? T : never;

/**
 * A value as it stands in settings.json -> a valid one, without the entries that are not; undefined where it is not what
 * the setting takes.
 */
export function parseSetting<K extends SettingKey>(key: K, value: unknown): SettingValue<K> | undefined {
  const definition: Definition<unknown> = SETTINGS[key];
  const valid = definition.validPart === undefined ? value : definition.validPart(value);
  // Each check is declared beside the default of its own key; TypeScript does not follow that through the index.
  return definition.accepts(valid) ? (valid as SettingValue<K>) : undefined;
}

/** Whether a value is what the setting takes, with every entry that it has. */
export function isWhollyValid(key: SettingKey, value: unknown): boolean {
  return SETTINGS[key].accepts(value);
}
