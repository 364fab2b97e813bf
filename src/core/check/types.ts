import type { Adapter, AdapterModule } from '../adapter/types';
import type { Checkpoint } from '../checkpoint/types';
import type { Message, MessageValue } from '../message';

export const LOADERS = ['peft', 'vllm', 'mlx'] as const;
/** Programs that load adapters: PEFT (0.15 to 0.21), vLLM, mlx-lm. */
export type Loader = (typeof LOADERS)[number];

export interface CheckInput {
  readonly adapter: Adapter;
  /** The model to load the adapter onto; without it, names and shapes are not compared. */
  readonly model?: Checkpoint;
}

/** `partly`: loads, but ignores some modules or settings silently. `unknown`: some modules cannot be determined here. */
export type LoadVerdict = 'loads' | 'unknown' | 'partly' | 'fails';

/** `error`: the loader refuses the adapter. `silent`: something is ignored without a warning. `note`: worth knowing. */
export type Severity = 'error' | 'silent' | 'note';

export interface LoadFinding {
  readonly severity: Severity;
  /** One or two sentences: what is wrong, and what to do. */
  readonly message: Message;
  /** Versions of the loader that are affected, e.g. `before 0.17`; absent: all that were looked at. */
  readonly versions?: Message;
  /** Field of adapter_config.json at fault. */
  readonly field?: string;
}

/** A module that is ignored, or cannot be determined, and why. */
export interface SilentModule {
  readonly module: string;
  readonly reason: Message;
}

/** What one loader would do with the adapter. */
export interface LoaderCheck {
  readonly loader: Loader;
  /** For the newest version that was looked at. */
  readonly verdict: LoadVerdict;
  /** Names of the modules whose update is applied; empty if the loader fails. */
  readonly attached: readonly string[];
  /** Modules whose update is silently ignored. */
  readonly silent: readonly SilentModule[];
  /** Modules that cannot be determined here, e.g. because of a pattern that only the loader can evaluate. */
  readonly unsure: readonly SilentModule[];
  readonly findings: readonly LoadFinding[];
}

/** Values for the places of a message; `undefined` or `false`: the rule does not apply. */
export type RuleValues = readonly MessageValue[] | boolean | undefined;

/** One thing that a loader does. A comment in the table names the function of its source. */
export interface LoadRule {
  /** `stop`: an error after which the other rules make no sense. */
  readonly severity: Severity | 'stop';
  readonly field?: string;
  readonly versions?: Message;
  readonly message: Message;
  readonly when: (input: CheckInput) => RuleValues;
}

/** Why a loader ignores a module. The first that applies counts. */
export interface ModuleRule {
  readonly kind: 'silent' | 'unsure';
  /** A function of the module, so that what all modules share is computed once. */
  readonly reason: (input: CheckInput) => (module: AdapterModule) => Message | undefined;
}

/** Everything that is known about a loader. */
export interface LoaderRules {
  readonly load: readonly LoadRule[];
  readonly modules: readonly ModuleRule[];
}
