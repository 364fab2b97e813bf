import type { Adapter } from '../core/adapter/types';
import type { Message } from '../core/message';
import type { OptionTable } from '../core/options';
import type { ResultKindId, Results } from '../core/results';
import type { TensorFate } from '../core/safetensors/writePlan';

/**
 * What a repair needs besides the adapter; the surfaces ask for these and only these. `selection`: the modules that the
 * user's rule and pins take. A method gets their names, not the scores they were chosen by. `base`, `aligned`: the models,
 * which only the engine reads; a plan says in `alignment` what it needs of them. A kind of result: its document for this
 * adapter, in `results`.
 */
export type Need = 'selection' | 'base' | 'aligned' | Extract<ResultKindId, 'fit'>;

/** A way to repair an adapter. Flags, settings, questions, validation and help come from this declaration. */
export interface Method<O extends object> {
  /** On the command line and in settings. */
  readonly id: string;
  /** English, translated where it is shown. */
  readonly title: string;
  readonly summary: string;
  readonly needs: readonly Need[];
  /** Every option needs a default. */
  readonly options: OptionTable<O>;
  /** Absent: there is one way to do it. */
  readonly curve?: Curve<O>;
  /**
   * What to write; pure. Loaded on first use: the declaration alone is in every process.
   * @throws SploraError `bad-request` if the adapter or the options do not allow it
   */
  plan(input: RepairInput, options: O): Promise<RepairPlan>;
}

/** Strengths of a method that are worth measuring. */
export interface Curve<O extends object> {
  /** Lines that are searched at the same time. @param modules how many the adapter has */
  readonly lines: (modules: number) => readonly CurveLine<O>[];
  /** More lines, around the weakest points of the first ones that bring the refusals back. */
  readonly refine?: (strongEnough: readonly O[]) => readonly CurveLine<O>[];
  /** The most directions of the alignment that a point of `lines` cuts; absent: none does. */
  readonly directions?: number;
}

/** From weak to strong: the stronger, the more refusals and the less of the task is expected. */
export type CurveLine<O extends object> = readonly CurvePoint<O>[];

export interface CurvePoint<O extends object> {
  readonly options: Partial<O>;
  /** For a method that needs `selection`: how many modules it takes. */
  readonly top?: number;
}

export interface RepairInput {
  readonly adapter: Adapter;
  /** Modules and replacements that the selection takes; empty if the method does not need `selection`. */
  readonly modules: readonly string[];
  /** Documents of the kinds that the method needs. */
  readonly results: Results;
}

export interface RepairPlan {
  /** Tensors that are not listed are copied byte for byte. */
  readonly tensors: ReadonlyMap<string, TensorFate>;
  /** What the engine computes from both models. Of `changed`, modules that it leaves as they are become `kept`, with a note. */
  readonly alignment?: AlignmentStep;
  /** The config to write; absent: it stays as it is. */
  readonly configText?: string;
  /** What becomes of `changed`, as a past participle: `removed`, `scaled by 0.5`. */
  readonly effect: Message;
  /** Modules in natural order, then replacements. */
  readonly changed: readonly string[];
  readonly kept: readonly string[];
  /** For the metadata of the file, with the method and its options. */
  readonly record: Readonly<Record<string, unknown>>;
  /** What the user should know about the result. */
  readonly notes: readonly Message[];
}

/** New factors from the top singular subspaces of `V = W_aligned - W_base`, module by module. */
export interface AlignmentStep {
  /** Dimensions of each subspace. */
  readonly k: number;
  /** Modules that are not rewritten, whatever the models say. Absent: none. */
  readonly skip?: ReadonlySet<string>;
  /** Pure. Factors that it does not return are copied byte for byte; the others are rounded to the dtype in the file. */
  rewrite(factors: LoraFactors, subspaces: AlignmentSubspaces, module: string): Rewritten;
  /**
   * The same of a module that has no subspace: its weight is missing, or equal in both models. Absent: such modules are left
   * as they are, with a note.
   */
  readonly rewriteOutside?: (factors: LoraFactors, module: string) => Rewritten;
  /** What follows from the ranks of all modules that were rewritten. Absent: ranks stay as they are. */
  readonly settle?: (written: ReadonlyMap<string, WrittenModule>) => SettledRanks;
}

/** New factors. With both, their rank may differ from before. */
export interface Rewritten extends Partial<WrittenModule> {
  readonly a?: Float64Array;
  readonly b?: Float64Array;
}

export interface WrittenModule {
  readonly rank: number;
  /** `‖dW - dW'‖ / ‖dW‖`, where the method approximates. */
  readonly error?: number;
}

/** One config for all modules, some of which have fewer ranks. */
export interface SettledRanks {
  /** Each module gets so many: zeros are appended. Modules that are absent here keep theirs. */
  readonly ranks: ReadonlyMap<string, number>;
  /** What `lora_A` of a module that is padded is multiplied by, because the loader's scale depends on the rank. */
  readonly factor: number;
  readonly configText?: string;
  readonly notes: readonly Message[];
  /** More for the metadata of the file. */
  readonly record: Readonly<Record<string, unknown>>;
}

/** The factors of one module, row-major, without their scale. */
export interface LoraFactors {
  readonly m: number;
  readonly n: number;
  readonly rank: number;
  /** r x n. */
  readonly a: Float64Array;
  /** m x r. */
  readonly b: Float64Array;
}

/** Orthonormal vectors, at most k: fewer if the rank of `V` is less. */
export interface AlignmentSubspaces {
  /** Left singular vectors of `V`, each of m elements: `U`. */
  readonly output: readonly Float64Array[];
  /** Right singular vectors, each of n elements: `Y`. */
  readonly input: readonly Float64Array[];
  /** Singular values, descending. */
  readonly values: readonly number[];
}

/** A method whose options are checked when it plans. */
export interface RepairMethod extends Omit<Method<object>, 'options' | 'plan' | 'curve'> {
  readonly options: OptionTable<Readonly<Record<string, unknown>>>;
  readonly curve?: Curve<Readonly<Record<string, unknown>>>;
  /** @throws SploraError `bad-request`, also for options that the method does not take */
  plan(input: RepairInput, options: Readonly<Record<string, unknown>>): Promise<RepairPlan>;
}
