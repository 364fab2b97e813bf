import { choice, flag, integer, number, option, text, type Option } from '../core/options';
import { LOADERS } from '../core/check/types';
import { ANALYSIS_OPTIONS } from '../core/ediem/options';
import type { ScoreName } from '../core/ediem/types';
import { EXPORT_TARGETS, TARGET_SUMMARIES } from '../core/export/targets';
import { isRecord } from '../core/record';
import { scoreInfo } from '../core/report/scores';
import { terms, type TermId } from '../core/report/terms';
import { RULE_KINDS } from '../core/selection/rule';
import { prune } from '../methods/prune';
import type { ExecutionProvider } from '../protocol/engineApi';

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

/** Value of `prune.for`: as the original. */
export const AS_ORIGINAL = 'original';
const WRITTEN_FOR = [AS_ORIGINAL, ...EXPORT_TARGETS] as const;

const ORDERS = ['natural', 'largest', 'smallest'] as const;
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

/** An option that settings.json holds. */
export interface Setting<T> extends Option<T> {
  readonly default: T;
  readonly scope: SettingScope;
  /** Drops the invalid parts of a value; absent if a value is valid as a whole or not at all. */
  readonly validPart?: (value: unknown) => unknown;
}

/** An option of the command line, described by a term. */
function explained<T>(term: keyof typeof terms, from: Option<T>): Option<T> {
  return { ...from, description: terms[term].description };
}

function setting<T>(scope: SettingScope, value: T, option: Option<T>): Setting<T> {
  return { ...option, default: value, scope };
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

function isRecordOfRecords(
  value: unknown,
): value is Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  return isRecord(value) && Object.values(value).every(isRecord);
}

type ModelPairs = Readonly<Record<string, ModelPair>>;

function isPairs(value: unknown): value is ModelPairs {
  return isRecord(value) && Object.values(value).every(isPair);
}

/** Entries are written by hand: a typo in one must not take the others away. */
function validPairs(value: unknown): unknown {
  return isRecord(value)
    ? Object.fromEntries(Object.entries(value).filter(([, pair]) => isPair(pair)))
    : value;
}

/** Every setting below `splora.`. package.json is generated from it. */
export const SETTINGS = {
  'models.base': setting(
    'resource',
    '',
    text(
      'Unaligned base model of the adapters in this folder: a folder, a `.safetensors` file, or a Hugging Face repo ID in the local cache. If empty, SPLoRA guesses it from the aligned model and asks you.',
    ),
  ),
  'models.aligned': setting(
    'resource',
    '',
    text(
      'Aligned (chat) model that the adapters in this folder were trained on. If empty, SPLoRA takes it from `base_model_name_or_path` of each adapter and asks you.',
    ),
  ),
  'models.byAdapter': {
    ...setting(
      'resource',
      {},
      option<ModelPairs>(
        'object',
        'Base and aligned models by adapter folder (relative to the workspace folder). *Choose Base and Aligned Models…* writes them if you choose *Save to Settings*. Takes precedence over `#splora.models.base#` and `#splora.models.aligned#`.',
        isPairs,
      ),
    ),
    validPart: validPairs,
    schema: {
      additionalProperties: {
        type: 'object',
        properties: { base: { type: 'string' }, aligned: { type: 'string' } },
        required: ['base', 'aligned'],
        additionalProperties: false,
      },
    },
  },
  'models.folders': {
    ...setting(
      'machine-overridable',
      [],
      option<readonly string[]>(
        'array',
        'Additional folders to search for models. Each can contain models, or owner folders that contain models. `~` is your home folder.',
        isTexts,
      ),
    ),
    schema: { items: { type: 'string' }, uniqueItems: true },
  },
  'models.huggingFaceCache': setting(
    'machine-overridable',
    '',
    text(
      'Folder of the Hugging Face cache (the one that contains `models--…`). If empty, `HF_HUB_CACHE`, `HF_HOME`, or the default location is used.',
    ),
  ),
  'rule.kind': setting(
    'resource',
    'top',
    choice(
      RULE_KINDS,
      'Which modules the selection rule takes in a newly analyzed adapter. You can change the rule and pin modules afterwards.',
      {
        top: 'The first k modules in the ranking.',
        threshold: 'Modules beyond a threshold of the score.',
        fraction: 'A fraction of the active modules.',
        none: 'None: only modules pinned by hand.',
      },
    ),
  ),
  'rule.top': setting(
    'resource',
    10,
    integer(
      'Number of modules that the rule `top` selects, from the start of the ranking. Other rules ignore it.',
      { minimum: 1, maximum: MAX_TOP },
    ),
  ),
  'rule.threshold': setting(
    'resource',
    2,
    number(
      'Score beyond which the rule `threshold` selects a module. It is in units of `#splora.rule.rankBy#`.',
    ),
  ),
  'rule.fraction': setting(
    'resource',
    0.1,
    number(
      'Fraction of the active modules that the rule `fraction` selects, from 0 to 1. Inactive modules change nothing and do not count.',
      {
        minimum: 0,
        maximum: 1,
      },
    ),
  ),
  'rule.rankBy': setting(
    'resource',
    'ediemIqr',
    choice(
      RANKABLE_SCORES,
      'Score that modules are ranked by. A ranking always has a first module, also where nothing stands out.',
      {
        ediemIqr: scoreInfo.ediemIqr.description,
        ediemStd: scoreInfo.ediemStd.description,
        diemTheoretical: scoreInfo.diemTheoretical.description,
        reversal: scoreInfo.reversal.description,
        cosine: scoreInfo.cosine.description,
        retained: scoreInfo.retained.description,
        relativeDistance: scoreInfo.relativeDistance.description,
        distance: scoreInfo.distance.description,
        updateNorm: scoreInfo.updateNorm.description,
      },
    ),
  ),
  'rule.order': setting(
    'resource',
    'natural',
    choice(ORDERS, 'Which end of the ranking comes first. The rule selects from there.', {
      natural: "The score's default order.",
      largest: 'The largest scores.',
      smallest: 'The smallest scores.',
    }),
  ),
  'analysis.population': setting('resource', 'shape', explained('population', ANALYSIS_OPTIONS.population)),
  'analysis.scale': setting('resource', 'effective', explained('scale', ANALYSIS_OPTIONS.scale)),
  'analysis.quartiles': setting('resource', 'exact', explained('quartiles', ANALYSIS_OPTIONS.quartiles)),
  'analysis.loader': setting('resource', 'auto', choice(['auto', ...LOADERS], terms.loader.description)),
  'prune.mode': setting('resource', 'remove', {
    ...prune.options.mode,
    description:
      'How modules are removed from the pruned adapter. `remove` suits loaders that read the config, `zero` those that expect every module.',
  }),
  'prune.for': setting(
    'resource',
    AS_ORIGINAL,
    choice(WRITTEN_FOR, 'The loader that pruned and repaired adapters are written for.', {
      [AS_ORIGINAL]: 'The format of the original.',
      ...TARGET_SUMMARIES,
    }),
  ),
  'prune.copyRest': setting(
    'resource',
    false,
    flag(
      'Also copy the other files in the adapter folder (tokenizer, README, …). Otherwise, the copy has only the weights and the config.',
    ),
  ),
  'prune.bakeScale': setting('resource', false, prune.options.bakeScale),
  'repair.options': setting(
    'resource',
    {},
    option<Readonly<Record<string, Readonly<Record<string, unknown>>>>>(
      'object',
      'Options for repair methods, by method ID. Run `splora repair --help` for a list of methods and options.',
      isRecordOfRecords,
    ),
  ),
  'diagnostics.severity': setting(
    'resource',
    'information',
    choice(
      SEVERITIES,
      'How modules that stand out appear in the Problems view. They stand out beyond chance, whatever is selected; it can be none.',
      {
        warning: 'As warnings.',
        error: 'As errors.',
        information: 'As information.',
        hint: 'As hints.',
        off: 'Not at all.',
      },
    ),
  ),
  'diagnostics.selection': setting(
    'resource',
    false,
    flag(
      'Also list selected modules in the Problems view, as hints. The selection is your choice: it says nothing about a module.',
    ),
  ),
  'hover.enabled': setting('resource', true, flag(terms.scoresInEditors.description)),
  'fileBadges.enabled': setting(
    'window',
    true,
    flag(
      'Show how many modules stand out on adapter files in the Explorer. Without such modules there is no badge.',
    ),
  ),
  'engine.threads': setting(
    'machine-overridable',
    0,
    integer('Number of worker threads of the engine. 0 uses one per core.', {
      minimum: 0,
      maximum: MAX_THREADS,
    }),
  ),
  'engine.executionProvider': setting(
    'machine-overridable',
    'auto',
    choice(
      PROVIDERS,
      'Where large matrix products are computed. If a device cannot be used, the CPU is used instead and the log says so.',
      {
        auto: 'Choose automatically, without using a GPU.',
        cpu: 'The CPU.',
        webgpu: 'A GPU through WebGPU.',
        cuda: 'An NVIDIA GPU through CUDA (Linux).',
        directml: 'A GPU through DirectML (Windows).',
        coreml: 'Apple devices through Core ML (macOS).',
      },
    ),
  ),
  'engine.idleSeconds': setting(
    'window',
    120,
    integer(
      'Seconds without work after which the engine process exits. The next analysis starts it again, which takes a moment.',
      {
        minimum: MIN_IDLE_SECONDS,
        maximum: MAX_IDLE_SECONDS,
      },
    ),
  ),
} as const;

export type SettingKey = keyof typeof SETTINGS;

/** Where the page of terms says more. */
export const SETTING_TERMS: Readonly<Record<SettingKey, TermId>> = {
  'models.base': 'models',
  'models.aligned': 'models',
  'models.byAdapter': 'models',
  'models.folders': 'models',
  'models.huggingFaceCache': 'models',
  'rule.kind': 'rule',
  'rule.top': 'rule',
  'rule.threshold': 'rule',
  'rule.fraction': 'rule',
  'rule.rankBy': 'ranking',
  'rule.order': 'ranking',
  'analysis.population': 'population',
  'analysis.scale': 'scale',
  'analysis.quartiles': 'quartiles',
  'analysis.loader': 'loader',
  'prune.mode': 'prunedCopy',
  'prune.for': 'prunedCopy',
  'prune.copyRest': 'prunedCopy',
  'prune.bakeScale': 'prunedCopy',
  'repair.options': 'repairMethod',
  'diagnostics.severity': 'standsOut',
  'diagnostics.selection': 'selection',
  'hover.enabled': 'scoresInEditors',
  'fileBadges.enabled': 'standsOut',
  'engine.threads': 'engine',
  'engine.executionProvider': 'engine',
  'engine.idleSeconds': 'engine',
};
export type SettingValue<K extends SettingKey> = (typeof SETTINGS)[K] extends Setting<infer T> ? T : never;

/** A valid value without its invalid entries; undefined if the setting does not take it. */
export function parseSetting<K extends SettingKey>(key: K, value: unknown): SettingValue<K> | undefined {
  const definition: Setting<unknown> = SETTINGS[key];
  const valid = definition.validPart === undefined ? value : definition.validPart(value);
  // Each check is declared beside the default of its own key; TypeScript does not follow that through the index.
  return definition.accepts(valid) ? (valid as SettingValue<K>) : undefined;
}

/** Whether the setting takes the value with all its entries. */
export function isWhollyValid(key: SettingKey, value: unknown): boolean {
  return SETTINGS[key].accepts(value);
}
