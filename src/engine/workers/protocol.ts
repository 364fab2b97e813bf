import type { ArithmeticDtype } from '../../core/safetensors/dtype';
import type { ModuleMeasure } from '../../core/ediem/types';
import type { QuartileMode } from '../../core/report/analysis';
import type { FileIdentity } from '../../io/byteSource';
import type { Message } from '../../core/message';
import type { TopSubspaces, Vectors } from '../../core/algebra/topSubspaces';
import type { SignMask } from '../../methods/types';

/** A tensor in a checkpoint file that must not have changed. */
export interface StoredWeight {
  readonly file: FileIdentity;
  /** In bytes, from the start of the file. */
  readonly offset: number;
  readonly dtype: ArithmeticDtype;
  /** Where the rows from `firstRow` on are, if they are another tensor. */
  readonly below?: Pick<StoredWeight, 'file' | 'offset'> & { readonly firstRow: number };
}

/** Base and aligned weight of one module, both stored rows x columns. */
export interface StoredDifference {
  readonly rows: number;
  readonly columns: number;
  /** Rows of the file are columns of `V` (Conv1D). */
  readonly transposed: boolean;
  readonly base: StoredWeight;
  readonly aligned: StoredWeight;
}

/** A LoRA factor in the adapter's layout. */
export interface StoredFactor {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly dtype: ArithmeticDtype;
  /** Stored n x r for `lora_A`, r x m for `lora_B` (MLX). */
  readonly transposed: boolean;
}

/** The thin factors of one module in float32, row-major, without their scale. */
export interface Factors {
  readonly m: number;
  readonly n: number;
  readonly rank: number;
  readonly scale: number;
  /** r x n. */
  readonly a: Float32Array<ArrayBuffer>;
  /** m x r. */
  readonly b: Float32Array<ArrayBuffer>;
}

/** The products with a module's weights. */
export interface ThinProducts {
  /** `‖V‖_F`. */
  readonly vNorm: number;
  /** `C B = V (Vᵀ B) / ‖V‖`, m x r. */
  readonly cb: Float32Array<ArrayBuffer>;
  /** `(Vᵀ B)ᵀ / ‖V‖`, r x n. */
  readonly inner: Float32Array<ArrayBuffer>;
  /** `<V, B A>`. */
  readonly innerVA: number;
}

/** Why the module has no score. */
export interface NoMeasure {
  readonly status: 'inactive' | 'unsupported';
  readonly reason: Message;
}

export interface ModuleWork {
  readonly module: string;
  readonly m: number;
  readonly n: number;
  readonly rank: number;
  readonly scale: number;
  readonly a: StoredFactor;
  readonly b: StoredFactor;
  readonly difference: StoredDifference;
  readonly quartiles: QuartileMode;
}

/** A whole weight in the adapter's file and in both models, all three in one layout. */
export interface DenseWork {
  /** Name of the parameter. */
  readonly module: string;
  readonly rows: number;
  readonly columns: number;
  /** Rows of the files are columns of `W` (Conv1D, embeddings). */
  readonly transposed: boolean;
  readonly base: StoredWeight;
  readonly aligned: StoredWeight;
  readonly file: StoredWeight;
  /** Of a tensor that is no matrix, only the size of the change is measured. */
  readonly isMatrix: boolean;
}

/** ONNX Runtime's names of its execution providers; `dml` is DirectML. */
export type OrtProvider = 'cpu' | 'webgpu' | 'cuda' | 'dml' | 'coreml';

/** `measure` is `products` and `finish` in one. ONNX Runtime does `products` on a thread of its own. */
export type Task =
  | { readonly kind: 'measure'; readonly work: ModuleWork }
  | {
      readonly kind: 'products';
      readonly work: ModuleWork;
      readonly provider: OrtProvider;
      readonly ortThreads: number;
    }
  | {
      readonly kind: 'dense';
      readonly work: DenseWork;
      readonly provider: OrtProvider;
      readonly ortThreads: number;
    }
  | {
      readonly kind: 'finish';
      readonly work: Pick<ModuleWork, 'module' | 'quartiles'>;
      readonly factors: Factors;
      readonly products: ThinProducts;
    };

export type TaskResult =
  | { readonly kind: 'outcome'; readonly outcome: ModuleMeasure | NoMeasure }
  | {
      readonly kind: 'products';
      readonly factors: Factors;
      readonly products: ThinProducts;
      /** Why the requested provider is not used. */
      readonly providerNote?: Message;
    };

/** What a repair computes of a module's weights. */
export type StepWork = SubspaceWork | ProductsWork | MaskedWork;

export interface SubspaceWork {
  readonly kind: 'subspaces';
  readonly difference: StoredDifference;
  /** Dimensions of each subspace. */
  readonly k: number;
  /** The directions are written, and not only projected on. */
  readonly isPrecise: boolean;
}

export interface ProductsWork {
  readonly kind: 'products';
  readonly difference: StoredDifference;
  readonly factors: Factors;
}

export interface MaskedWork {
  readonly kind: 'masked';
  readonly difference: StoredDifference;
  readonly factors: Factors;
  readonly mask: SignMask;
  /** Singular values that are computed. */
  readonly k: number;
}

export type StepResult = ModuleSubspaces | ModuleProducts | ModuleMasked;

/** The top singular subspaces of a matrix: `output` in the space of the module's outputs (m), `input` of its inputs (n). */
interface Subspaces extends Pick<TopSubspaces, 'values' | 'next' | 'settled'> {
  readonly output: Vectors;
  readonly input: Vectors;
  /** Of the whole matrix. */
  readonly norm: number;
}

/** Of `V`. */
export interface ModuleSubspaces extends Subspaces {
  readonly kind: 'subspaces';
}

/** Of the masked update. */
export interface ModuleMasked extends Subspaces {
  readonly kind: 'masked';
}

export interface ModuleProducts {
  readonly kind: 'products';
  /** `C B`, m x r. */
  readonly cb: Float32Array<ArrayBuffer>;
}

/** Why a module has none. */
export interface NoResult {
  readonly reason: Message;
}

/** The calls that a worker thread answers. */
export interface WorkerApi {
  /** `signals`: the buffer of `JobSignals`. */
  run(request: { readonly task: Task; readonly signals: SharedArrayBuffer }): Promise<TaskResult>;
  compute(request: {
    readonly work: StepWork;
    readonly signals: SharedArrayBuffer;
  }): Promise<StepResult | NoResult>;
  /** An idle engine keeps no file open, so that it can be deleted and its volume unmounted. */
  closeFiles(request: null): Promise<void>;
}
