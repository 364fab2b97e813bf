import * as z from 'zod/mini';
import type { PopulationKind, ScaleMode, ScoreName } from '../core/ediem/types';
import type { QuartileMode } from '../core/report/analysis';
import type { PruneMode } from '../protocol/engineApi';

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
const PRUNE_MODES = ['remove', 'zero'] as const satisfies readonly PruneMode[];
const SEVERITIES = ['warning', 'error', 'information', 'hint', 'off'] as const;

export type RuleKind = (typeof RULE_KINDS)[number];
export type OrderSetting = (typeof ORDERS)[number];
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
  readonly schema: z.ZodMiniType<T>;
  /** For the comparison with package.json; absent where any value of the type goes. */
  readonly choices?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
}

function choice<const T extends string>(choices: readonly [T, ...T[]], scope: SettingScope): Definition<T> {
  return {
    default: choices[0],
    scope,
    choices,
    schema: z.custom<T>((value) => choices.some((one) => one === value)),
  };
}

function whole(value: number, minimum: number, maximum: number, scope: SettingScope): Definition<number> {
  const schema = z.int().check(z.minimum(minimum), z.maximum(maximum));
  return { default: value, scope, minimum, maximum, schema };
}

function text(scope: SettingScope): Definition<string> {
  return { default: '', scope, schema: z.string() };
}

function flag(value: boolean, scope: SettingScope): Definition<boolean> {
  return { default: value, scope, schema: z.boolean() };
}

const PAIR = z.object({ base: z.string(), aligned: z.string() });

/** Every setting below `splora.`, with default, scope and what is valid. */
export const SETTINGS = {
  'models.base': text('resource'),
  'models.aligned': text('resource'),
  'models.byAdapter': {
    default: {},
    scope: 'resource',
    schema: z.record(z.string(), PAIR),
  } as Definition<Readonly<Record<string, ModelPair>>>,
  'models.folders': {
    default: [],
    scope: 'machine-overridable',
    schema: z.array(z.string()),
  } as Definition<readonly string[]>,
  'models.huggingFaceCache': text('machine-overridable'),
  'rule.kind': choice(RULE_KINDS, 'resource'),
  'rule.top': whole(10, 1, MAX_TOP, 'resource'),
  'rule.threshold': { default: 2, scope: 'resource', schema: z.number() } as Definition<number>,
  'rule.fraction': {
    default: 0.1,
    scope: 'resource',
    minimum: 0,
    maximum: 1,
    schema: z.number().check(z.minimum(0), z.maximum(1)),
  } as Definition<number>,
  'rule.rankBy': choice(RANKABLE_SCORES, 'resource'),
  'rule.order': choice(ORDERS, 'resource'),
  'analysis.population': choice(POPULATIONS, 'resource'),
  'analysis.scale': choice(SCALES, 'resource'),
  'analysis.quartiles': choice(QUARTILES, 'resource'),
  'prune.mode': choice(PRUNE_MODES, 'resource'),
  'prune.copyRest': flag(false, 'resource'),
  'diagnostics.severity': choice(SEVERITIES, 'resource'),
  'hover.enabled': flag(true, 'resource'),
  'fileBadges.enabled': flag(true, 'window'),
  'engine.threads': whole(0, 0, MAX_THREADS, 'machine-overridable'),
  'engine.idleSeconds': whole(120, MIN_IDLE_SECONDS, MAX_IDLE_SECONDS, 'machine-overridable'),
} as const;

export type SettingKey = keyof typeof SETTINGS;
export type SettingValue<K extends SettingKey> = (typeof SETTINGS)[K] extends Definition<infer T> ? T : never;

/** A value as it stands in settings.json -> a valid one, or undefined where it is not what the setting takes. */
export function parseSetting<K extends SettingKey>(key: K, value: unknown): SettingValue<K> | undefined {
  const parsed = SETTINGS[key].schema.safeParse(value);
  // Each schema is declared beside the default of its own key; TypeScript does not follow that through the index.
  return parsed.success ? (parsed.data as SettingValue<K>) : undefined;
}
