import type { ArithmeticDtype } from '../../core/safetensors/dtype';
import type { ModuleMeasure } from '../../core/ediem/types';
import type { ErrorData } from '../../core/errors';
import type { QuartileMode } from '../../core/report/analysis';
import type { FileIdentity } from '../../io/syncFile';
import type { Message } from '../../core/message';

/** A tensor's bytes in a checkpoint, and the file they must still be in. */
export interface StoredWeight {
  readonly file: FileIdentity;
  /** Byte of the file at which the tensor begins. */
  readonly offset: number;
  readonly dtype: ArithmeticDtype;
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

/** One LoRA factor as it stands in the adapter's file. */
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

/** What one module's weights are read for. */
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

/** The module has no score; `reason` says why in a sentence. */
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

/** A whole weight of the adapter's file against those of both models; all three stored alike. */
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
  /** A matrix; of anything else only the size of the change is measured. */
  readonly isMatrix: boolean;
}

/** Execution providers of ONNX Runtime by the names it knows them by; `dml` is DirectML. */
export type OrtProvider = 'cpu' | 'webgpu' | 'cuda' | 'dml' | 'coreml';

/** Both halves of a module's work, and each of them: ONNX Runtime does the first on a thread of its own. */
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
      /** Said once by a session that had to take another provider than it was asked for. */
      readonly providerNote?: Message;
    };

export interface WorkerRequest {
  readonly id: number;
  readonly task: Task;
  /** See `JobSignals`. */
  readonly signals: SharedArrayBuffer;
}

export type WorkerReply =
  | { readonly id: number; readonly ok: true; readonly result: TaskResult }
  | { readonly id: number; readonly ok: false; readonly error: ErrorData };
