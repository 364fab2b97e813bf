import type { AnalysisDocument, AnalysisOptions } from '../core/report/analysis';
import type { ExportTarget } from '../core/export/targets';
import type { Loader, LoaderCheck, LoaderDifference, Version } from '../core/check/types';
import type { Provenance } from '../core/provenance';
import type { Results } from '../core/results';
import type { ModuleMeasure } from '../core/ediem/types';
import type { AdapterFamily } from '../core/adapter/types';
import type { ErrorData } from '../core/errors';
import type { Message } from '../core/message';
import type { ComparedModule, CompareStatus } from '../core/report/comparison';

/** The calls that the engine process answers. `emit` sends events while a call runs. */
export interface EngineApi {
  analyze(request: AnalyzeRequest, emit: (event: AnalyzeEvent) => void): Promise<AnalysisDocument>;
  repair(request: RepairRequest, emit: (event: ProgressEvent) => void): Promise<RepairResult>;
  /** Writes several repaired copies of an adapter to measure them. */
  candidates(
    request: CandidatesRequest,
    emit: (event: ProgressEvent) => void,
  ): Promise<readonly CandidateResult[]>;
  /** Writes a candidate beside the original, as it is or for a loader, with what was measured in its metadata. */
  keepCandidate(request: KeepRequest, emit: (event: ProgressEvent) => void): Promise<KeepResult>;
  /** Writes an adapter in the form of another loader. */
  export(request: ExportRequest, emit: (event: ProgressEvent) => void): Promise<ExportResult>;
  inspect(request: InspectRequest): Promise<InspectResult>;
  compare(request: CompareRequest, emit: (event: ProgressEvent) => void): Promise<CompareResult>;
  check(request: CheckRequest): Promise<CheckResult>;
}

export interface AnalyzeRequest {
  /** Adapter folder, or a file in it. */
  readonly adapter: string;
  /** Folder, file or Hugging Face repo id. */
  readonly base: string;
  readonly aligned: string;
  readonly options: AnalysisOptions;
  /** Worker threads; absent: one for each core. */
  readonly threads?: number;
  /** Absent: `auto`. */
  readonly executionProvider?: ExecutionProvider;
  /** What multiplies; absent: whichever is faster at the module's rank. For tests and benchmarks. */
  readonly products?: ProductBackend;
}

/**
 * Where ONNX Runtime computes. `auto` and `cpu`: on the CPU, and only at ranks where it is faster than the engine's
 * kernels. A device by name: every module's products, there; where it cannot be used, as `cpu`, with a note.
 */
export type ExecutionProvider = 'auto' | 'cpu' | 'webgpu' | 'cuda' | 'directml' | 'coreml';

export type ProductBackend = 'kernels' | 'onnx';

/** At most ten a second, but for the last. */
export interface ProgressEvent {
  readonly type: 'progress';
  readonly module: string;
  readonly modulesDone: number;
  readonly modulesTotal: number;
  readonly bytesDone: number;
  readonly bytesTotal: number;
  readonly elapsedMs: number;
}

export type AnalyzeEvent =
  | ProgressEvent
  /** A module is measured: scores that need no population can be shown at once. */
  | { readonly type: 'measured'; readonly measure: ModuleMeasure };

export interface RepairRequest {
  readonly adapter: string;
  /** Id of a method in `src/methods`. */
  readonly method: string;
  /** Of the method; absent ones have their defaults. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Modules that the selection takes; empty if the method does not need it. */
  readonly modules: readonly string[];
  /** Models, for a method that needs them: folder, file or repo id. */
  readonly base?: string;
  readonly aligned?: string;
  /** Adapter that was trained to refuse, for a method that needs one: folder, or a file in it. */
  readonly safety?: string;
  /** Documents that the method needs; absent: none. */
  readonly results?: Results;
  /** Folder that `recordPasses` wrote, for a method that needs passes over prompts. */
  readonly passes?: string;
  /** Absent: `<adapter>-splora`, then `-splora-2`, … beside the original. */
  readonly out?: string;
  /** Copy tokenizer files, README and so on too. */
  readonly copyRest: boolean;
  /** How `modules` were chosen, for the file's metadata. */
  readonly provenance?: Provenance;
  /** Loader to write it for; absent: in the form of the original. */
  readonly target?: ExportTarget;
  /** The model that it is to be loaded onto, for targets that need it; absent: `aligned`, else the one that it names. */
  readonly model?: string;
}

export interface RepairResult {
  readonly out: string;
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  readonly method: string;
  /** What became of `changed`: `removed`. */
  readonly effect: Message;
  /** Modules, then replacements. */
  readonly changed: readonly string[];
  readonly kept: readonly string[];
  /** Bytes of the adapter's weights file before and after. */
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  readonly notes: readonly Message[];
}

/** A method with its options. */
export interface Candidate {
  readonly method: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** Modules that the selection takes; absent: none. */
  readonly modules?: readonly string[];
  readonly provenance?: Provenance;
  /** Random directions in the place of those of the alignment. */
  readonly isRandom?: true;
}

export interface CandidatesRequest {
  readonly adapter: string;
  readonly candidates: readonly Candidate[];
  readonly base?: string;
  readonly aligned?: string;
  readonly safety?: string;
  readonly results?: Results;
  /** Folder that `recordPasses` wrote, for methods that need passes over prompts. */
  readonly passes?: string;
  /** Directions of the alignment that are computed, and kept for the next call: the most that any call will need. */
  readonly directions?: number;
  /** Folder that is there: each candidate gets a new folder in it. The caller removes it. */
  readonly folder: string;
}

export interface CandidateResult extends Pick<
  RepairResult,
  'out' | 'effect' | 'changed' | 'kept' | 'bytesBefore' | 'bytesAfter' | 'notes'
> {
  readonly candidate: Candidate;
}

export interface KeepRequest {
  /** The original. */
  readonly adapter: string;
  /** Folder of the candidate. */
  readonly candidate: string;
  readonly out?: string;
  readonly copyRest: boolean;
  /** What was measured, for the metadata of the file. */
  readonly measured: Readonly<Record<string, unknown>>;
  readonly target?: ExportTarget;
  readonly model?: string;
}

export type KeepResult = Pick<RepairResult, 'out' | 'files' | 'notes'>;

export interface ExportRequest {
  readonly adapter: string;
  readonly target: ExportTarget;
  /** The model that it is to be loaded onto; absent: the one that the adapter names, for targets that need it. */
  readonly model?: string;
  /** Absent: `<adapter>-<target>`, then `-<target>-2`, … beside the original. */
  readonly out?: string;
  readonly copyRest: boolean;
}

export interface ExportResult extends Pick<
  RepairResult,
  'out' | 'files' | 'bytesBefore' | 'bytesAfter' | 'notes'
> {
  readonly target: ExportTarget;
  /** How many modules the written adapter has. */
  readonly modules: number;
}

export interface InspectRequest {
  /** Adapter folder, or any .safetensors file. */
  readonly path: string;
}

export interface InspectResult {
  readonly path: string;
  readonly fileSize: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: readonly {
    readonly name: string;
    readonly dtype: string;
    readonly shape: readonly number[];
    readonly bytes: number;
  }[];
  /** Null when the file is safetensors but no adapter that can be read as one; `declined` says why. */
  readonly adapter: InspectedAdapter | null;
  readonly declined: ErrorData | null;
}

export interface InspectedAdapter {
  readonly family: AdapterFamily;
  readonly alignedHint: string | null;
  readonly modules: readonly {
    readonly module: string;
    readonly shape: readonly [number, number];
    readonly rank: number;
    readonly scale: number;
    readonly dtype: string;
    readonly bytes: number;
    readonly unsupported: Message | null;
  }[];
  /** Whole weights that loaders put in the place of the model's, by the name of the parameter. */
  readonly replacements: readonly {
    readonly module: string;
    readonly shape: readonly number[];
    readonly dtype: string;
    readonly bytes: number;
  }[];
  readonly carried: readonly { readonly tensor: string; readonly reason: Message }[];
  readonly notes: readonly Message[];
}

export interface CompareRequest {
  readonly left: string;
  readonly right: string;
}

export interface CompareResult {
  readonly left: string;
  readonly right: string;
  readonly modules: readonly ComparedModule[];
  /** Carried tensors of either side. */
  readonly carried: readonly {
    readonly tensor: string;
    readonly status: Exclude<CompareStatus, 'zeroed'>;
  }[];
}

export interface CheckRequest {
  readonly adapter: string;
  /** The model it is to be loaded onto: folder, file or repo id. Absent: names are compared with nothing. */
  readonly model?: string;
  /** Absent: PEFT and vLLM for PEFT adapters, mlx-lm for MLX ones. */
  readonly loaders?: readonly Loader[];
  /** Versions of loaders; absent: the newest that is known. */
  readonly versions?: Readonly<Partial<Record<Loader, Version>>>;
}

export interface CheckResult {
  /** Absolute path of the weights file. */
  readonly adapter: string;
  readonly model: string | null;
  /** How many modules the adapter has. */
  readonly modules: number;
  readonly loaders: readonly LoaderCheck[];
  /** Pairs of these loaders that would not run the same model. */
  readonly differences: readonly LoaderDifference[];
}
