import type { Adapter } from '../adapter/types';
import type { Checkpoint } from '../checkpoint/types';
import type { Message } from '../message';

export const LOADERS = ['peft', 'vllm', 'mlx'] as const;
/** Programs that load adapters: PEFT (0.10 to 0.21), vLLM, mlx-lm. */
export type Loader = (typeof LOADERS)[number];

export interface CheckInput {
  readonly adapter: Adapter;
  /** adapter_config.json as it stands; absent when there is none. */
  readonly configText?: string;
  /** The model that the adapter is to be loaded onto; without it names are checked against nothing. */
  readonly model?: Checkpoint;
}

/**
 * `fails`: the loader stops with an error. `partly`: it loads, and modules or settings are left out without a word.
 * `unknown`: nothing speaks against it, but whether all modules attach cannot be told here.
 */
export type LoadVerdict = 'loads' | 'unknown' | 'partly' | 'fails';

export interface LoadFinding {
  /** `error`: the loader refuses; `silent`: something has no effect and nobody is told; `note`: to be known. */
  readonly severity: 'error' | 'silent' | 'note';
  /** One sentence: what, and what to do. */
  readonly message: Message;
  /** Versions of the loader that it is true of, e.g. `before 0.14`; absent: all that were looked at. */
  readonly versions?: Message;
  /** Field of adapter_config.json at fault. */
  readonly field?: string;
}

/** A module that is not known to get its update, and why: it would not and nothing says so, or it cannot be told. */
export interface SilentModule {
  readonly module: string;
  readonly reason: Message;
}

/** What one loader would do with the adapter. */
export interface LoaderCheck {
  readonly loader: Loader;
  /** Of the newest version that was looked at. */
  readonly verdict: LoadVerdict;
  /** Names of modules that get their update; none where it fails. */
  readonly attached: readonly string[];
  /** Modules whose update would not be applied, though nothing says so. */
  readonly silent: readonly SilentModule[];
  /** Modules of which it cannot be told here, e.g. by a pattern that only the loader can evaluate. */
  readonly unsure: readonly SilentModule[];
  readonly findings: readonly LoadFinding[];
}
