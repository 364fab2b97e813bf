import type { TensorInfo } from '../safetensors/types';
import type { Message } from '../message';

/** Where one tensor of a checkpoint lies. */
export interface CheckpointTensor {
  /** Absolute path of the file or shard. */
  readonly file: string;
  /** Shape and bytes include those of `below`. */
  readonly info: TensorInfo;
  /** The tensor that has the rest of the rows: of experts, gate and up may be one matrix and stored apart. */
  readonly below?: CheckpointTensor;
}

/** A model on disk: names, shapes and places; no weights. */
export interface Checkpoint {
  /** Absolute path of the folder or file that was chosen. */
  readonly path: string;
  readonly tensors: ReadonlyMap<string, CheckpointTensor>;
  /** From config.json, where there is one. */
  readonly modelType?: string;
  /** Names of classes, from config.json; absent or empty: it names none. */
  readonly architectures?: readonly string[];
  readonly tiedEmbeddings: boolean;
  /** Of attention, from config.json; absent: it does not say. */
  readonly heads?: number;
  readonly keyValueHeads?: number;
  /** Things a user should know, one sentence each, e.g. that the shard index names a tensor that no shard holds. */
  readonly notes?: readonly Message[];
}

/** The weight of one module in a checkpoint. */
export interface LocatedWeight {
  readonly weight: CheckpointTensor;
  /** Stored n x m (in x out): rows of the file are columns of `W`. */
  readonly transposed: boolean;
  /** It is a part of a tensor that has all experts of a layer. */
  readonly isStacked?: true;
}
