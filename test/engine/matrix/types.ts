import type { DtypeName } from '../../../src/core/safetensors/dtype';
import type { TestTensor } from '../../support/safetensorsBytes';

/** A model to be made: its weights by name; `aligned` replaces values of the second one. */
export interface ModelSpec {
  readonly weights: Readonly<Record<string, readonly number[]>>;
  readonly dtype?: DtypeName;
  readonly config?: object;
  /** Files beside or instead of model.safetensors, for both models; `weights` is then not written. */
  readonly files?: (folder: string) => Promise<void>;
  /** One shard for each weight, with an index. */
  readonly sharded?: boolean;
  /** The aligned model's weights: others (default), the same, nearly the same, or with a value that is no number. */
  readonly step?: 'random' | 'none' | 'tiny' | 'nan' | 'infinity';
  /** Weights whose shape differs in the aligned model. */
  readonly aligned?: Readonly<Record<string, readonly number[]>>;
}

export interface AdapterSpec {
  readonly tensors: readonly TestTensor[];
  readonly config?: object | string;
  /** Default: adapter_model.safetensors. */
  readonly file?: string;
}

/** What a user gets: every module scored; some carried or unscored, and shown as such; none scored; one sentence. */
export type Outcome = 'scored' | 'carried' | 'unscored' | 'declined';

export interface MatrixCase {
  /** Key in outcomes.json. */
  readonly name: string;
  /** First words of the row in README's table that this case stands for. */
  readonly row?: string;
  /** A path, or an adapter to be made. */
  readonly adapter: string | AdapterSpec;
  /** Paths, or models to be made. */
  readonly models: { readonly base: string; readonly aligned: string } | ModelSpec;
  readonly outcome: Outcome;
}
