import type { Adapter, AdapterModule } from '../adapter/types';
import type { ModuleFault } from '../adapter/looseAdapter';
import type { Checkpoint } from '../checkpoint/types';
import type { Message, MessageValue } from '../message';

export const LOADERS = ['peft', 'transformers', 'vllm', 'mlx', 'llama.cpp'] as const;
/** Programs that load adapters. `transformers`: `model.load_adapter`. `llama.cpp`: its converter, then its server. */
export type Loader = (typeof LOADERS)[number];

/** Major and minor version, or `[build, 0]` for llama.cpp. */
export type Version = readonly [number, number];

export interface CheckInput {
  readonly adapter: Adapter;
  /** Modules of the file that are no whole pair; not among `adapter.modules`. */
  readonly faults?: readonly ModuleFault[];
  /** Config fields whose value has an unexpected type, which count as absent in `adapter.modules`. */
  readonly invalidFields?: readonly string[];
  /** The model to load the adapter onto; without it, names and shapes are not compared. */
  readonly model?: Checkpoint;
  /** By name of a replacement: whether its bytes are those of the model. Absent: not known. */
  readonly sameWeights?: ReadonlyMap<string, boolean>;
  /** Versions to check; absent: the newest. */
  readonly versions?: Readonly<Partial<Record<Loader, Version>>>;
}

/** The name of a module in the model, by its name in the adapter. */
export type KeyNames = (name: string) => string;

/** The model is under the names that a loader gives its weights. */
export interface NamedInput extends CheckInput {
  /** Absent: as in the adapter. */
  readonly rename?: KeyNames;
}

/** What the rules of one loader see. */
export interface LoaderInput extends NamedInput {
  readonly version: Version;
}

/**
 * What the model does with the adapter loaded, compared with all that the file holds under the scales of its config.
 * `same`: exactly that. `other`: another effect. `nothing`: no module attaches. `refused`: an error. `unknown`: cannot be
 * determined here.
 */
export const LOAD_VERDICTS = ['same', 'other', 'nothing', 'refused', 'unknown'] as const;
export type LoadVerdict = (typeof LOAD_VERDICTS)[number];

/**
 * `error`: the loader refuses the adapter. `silent`: the effect changes, without an error. `unsure`: it may change; this
 * cannot be determined here. `note`: worth knowing, no change of the effect.
 */
export type Severity = 'error' | 'silent' | 'unsure' | 'note';

/** How an effect differs, for comparing loaders: the same id in two loaders is the same change. */
export type Change =
  | 'base-weights' // weights of the model are overwritten
  | 'random' // modules get random updates
  | 'parts-dropped' // biases, heads or LoRA tensors of the file are not loaded
  | 'norms-of-base' // DoRA runs with magnitudes of the base
  | 'dora-of-lora' // a plain LoRA runs as DoRA
  | 'scale'
  | 'settings-dropped'; // config fields that change what B A means are not read

/** Changes that do something even if no module attaches. */
export const ADDING_CHANGES: ReadonlySet<Change> = new Set<Change>(['base-weights', 'random']);

export interface LoadFinding {
  readonly severity: Severity;
  /** One or two sentences: what is wrong, and what to do. */
  readonly message: Message;
  /** Versions of the loader that are affected, e.g. `before 0.17`; absent: all that were looked at. */
  readonly versions?: Message;
  /** Field of adapter_config.json at fault. */
  readonly field?: string;
  /** For `silent`. */
  readonly change?: Change;
  /** A flag of the loader with which it does not refuse the adapter. */
  readonly flag?: string;
  /** Where the loader does it: file and function, or an issue. */
  readonly source?: string;
}

/** A module that is ignored, applied differently, or cannot be determined, and why. */
export interface SilentModule {
  readonly module: string;
  readonly reason: Message;
  /** For modules applied with another scale than that of the file: the scale. */
  readonly scale?: number;
}

/** What one loader would do with the adapter. */
export interface LoaderCheck {
  readonly loader: Loader;
  /** The version that the verdict is for, e.g. `0.21`. */
  readonly version: string;
  readonly verdict: LoadVerdict;
  /** Names of the modules whose update is applied as the file has it; empty if the loader fails. */
  readonly attached: readonly string[];
  /** Modules whose update is applied in another way. */
  readonly altered: readonly SilentModule[];
  /** Modules whose update is silently ignored. */
  readonly silent: readonly SilentModule[];
  /** Modules that cannot be determined here, e.g. because of a pattern that only the loader can evaluate. */
  readonly unsure: readonly SilentModule[];
  readonly findings: readonly LoadFinding[];
}

/** Two loaders that both load the adapter and do not run the same model. */
export interface LoaderDifference {
  readonly loaders: readonly [Loader, Loader];
  readonly message: Message;
}

/** Values for the places of a message; `undefined` or `false`: the rule does not apply. */
export type RuleValues = readonly MessageValue[] | boolean | undefined;

/** Versions of a loader for which a rule holds; absent: all that were looked at. */
export interface VersionRange {
  readonly since?: Version;
  readonly before?: Version;
}

/** One thing that a loader does. */
export interface LoadRule extends VersionRange {
  /** `stop`: an error after which the other rules make no sense. */
  readonly severity: Severity | 'stop';
  readonly field?: string;
  readonly message: Message;
  readonly change?: Change;
  readonly flag?: string;
  /** File and function of the loader's source, or an issue. */
  readonly source: string;
  /** A rule of other versions is shown as a note, except with this. */
  readonly quiet?: true;
  readonly when: (input: LoaderInput) => RuleValues;
}

/** What a module rule says of a module. */
export type ModuleReason = Message | { readonly reason: Message; readonly scale: number } | undefined;

/** Why a loader ignores a module, or applies it differently. The first that applies counts. */
export interface ModuleRule extends VersionRange {
  readonly kind: 'silent' | 'unsure' | 'altered';
  readonly source: string;
  /** A function of the module, so that what all modules share is computed once. */
  readonly reason: (input: LoaderInput) => (module: AdapterModule) => ModuleReason;
}

/** Everything that is known about a loader. */
export interface LoaderRules {
  readonly load: readonly LoadRule[];
  readonly modules: readonly ModuleRule[];
}
