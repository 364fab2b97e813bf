import type { Adapter } from '../core/adapter/types';
import type { Message } from '../core/message';
import type { OptionTable } from '../core/options';
import type { PassKind } from '../core/passes';
import type { ResultKindId, Results } from '../core/results';
import type { TensorFate } from '../core/safetensors/writePlan';

/**
 * What a repair needs besides the adapter; the surfaces ask for these and only these. `selection`: the modules that the
 * user's rule and pins take. A method gets their names, not the scores they were chosen by. `base`, `aligned`: the models,
 * which only the engine reads; a plan says in `step` what it needs of them. `safety`: an adapter that was trained to
 * refuse, on the same model. A kind of result: its document for this adapter, in `results`. A kind of pass: what was
 * recorded while a model read prompts, in the modules of a step.
 */
export type Need = 'selection' | 'base' | 'aligned' | 'safety' | Extract<ResultKindId, 'fit'> | PassKind;

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
  /** Lines that are searched at the same time. */
  readonly lines: (size: AdapterSize) => readonly CurveLine<O>[];
  /** More lines, around the weakest points of the first ones that bring the refusals back. */
  readonly refine?: (strongEnough: readonly O[]) => readonly CurveLine<O>[];
  /** The most directions of the alignment that a point of `lines` cuts; absent: none does. */
  readonly directions?: number;
}

/** What strengths depend on. */
export interface AdapterSize {
  readonly modules: number;
  /** The largest one. */
  readonly rank: number;
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
  /** The safety adapter, if the method needs one. */
  readonly safety?: Adapter;
  /** Whether passes were recorded, if the method needs some. */
  readonly hasPasses?: boolean;
}

export interface RepairPlan {
  /** Tensors that are not listed are copied byte for byte. */
  readonly tensors: ReadonlyMap<string, TensorFate>;
  /** What the engine computes. Of `changed`, modules that it leaves as they are become `kept`, with a note. */
  readonly step?: FactorStep;
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

/** New factors, module by module. All functions of a step are pure. */
export type FactorStep = FactorsStep | SubspacesStep | ProductsStep | MaskedStep;

interface StepBase {
  /** Modules that are not rewritten, whatever the models say. Absent: none. */
  readonly skip?: ReadonlySet<string>;
  /** Modules whose update is zero are rewritten too, and with `reads: 'factors'` those that only the safety adapter has. */
  readonly takesAll?: true;
  /**
   * The new factors of a module for which the models say nothing: its weight is missing, or equal in both. Absent: such
   * modules are left as they are, with a note.
   */
  readonly rewriteOutside?: (module: StepModule) => Rewritten;
  /** What follows from all modules that were rewritten. Absent: ranks stay as they are. */
  readonly settle?: (written: ReadonlyMap<string, WrittenModule>) => Settled;
}

/** From the factors alone: no model is read. */
export interface FactorsStep extends StepBase {
  readonly reads: 'factors';
  rewrite(module: StepModule): Rewritten | LeftModule;
}

/** From the top singular subspaces of `V = W_aligned - W_base`. */
export interface SubspacesStep extends StepBase {
  readonly reads: 'subspaces';
  /** Dimensions of each subspace. */
  readonly k: number;
  /** The directions are written, and not only projected on: they are computed more closely. */
  readonly isPrecise?: true;
  rewrite(module: StepModule, subspaces: AlignmentSubspaces): Rewritten | LeftModule;
}

/** From `C B`, with `C = V Vᵀ / ‖V‖`. */
export interface ProductsStep extends StepBase {
  readonly reads: 'products';
  rewrite(module: StepModule, products: AlignmentProducts): Rewritten | LeftModule;
}

/** From the update with entries set to 0 by their signs in `V`. */
export interface MaskedStep extends StepBase {
  readonly reads: 'masked';
  readonly mask: SignMask;
  /** Singular values that are computed: at least the rank of each module. */
  readonly k: number;
  rewrite(module: StepModule, masked: MaskedUpdate): Rewritten | LeftModule;
}

/** A module of the adapter, or of the safety adapter alone: with rank 0 and the scale that it gets. */
export interface StepModule extends LoraFactors {
  readonly name: string;
  readonly scale: number;
  /** The same module of the safety adapter, if the method needs one and it has the module. */
  readonly safety?: LoraFactors & { readonly scale: number };
  /** While harmful prompts were read with the adapter, if the method needs them and they were recorded. */
  readonly activations?: Activations;
  /** The main directions of the outputs while the aligned model refuses, [k, m], orthonormal; under the same conditions. */
  readonly refusals?: Float64Array;
  /** Sum of `x xᵀ` over the inputs in refusals of the aligned model, [n, n]; under the same conditions. */
  readonly hessian?: Float64Array;
}

/** Sums of squares over all tokens. */
export interface Activations {
  /** Of the module's inputs: n. */
  readonly inputs: Float64Array;
  /** Of `A x`: r. */
  readonly low: Float64Array;
}

/**
 * New factors. Those that are absent are copied byte for byte; the others are rounded to the dtype in the file. The new
 * update is `s B' A'` with the scale `s` that the module had. With both factors, the rank may differ from before.
 */
export interface Rewritten extends Partial<WrittenModule> {
  readonly a?: Float64Array;
  readonly b?: Float64Array;
}

/** A module that the method does not change. */
export interface LeftModule {
  readonly left: Message;
}

export interface WrittenModule {
  readonly rank: number;
  /** Of the update that the method asks for, where a rank approximates it: a share of its norm. */
  readonly error?: number;
  /** `cos(dW, C dW)`, for a method that chooses by it. */
  readonly cosine?: number;
  /** `‖dW'‖ / ‖dW‖`, for a method that tells. */
  readonly retained?: number;
  /** `‖V_k‖ / ‖V‖`, for a method that adds `V_k`. */
  readonly energy?: number;
}

/** One config for all modules, some of which may have fewer ranks. */
export interface Settled {
  /** Each module gets so many: zeros are appended. Modules that are absent here keep theirs. */
  readonly ranks: ReadonlyMap<string, number>;
  /** What `lora_A` of each of these is multiplied by, because the loader's scale differs from the module's. */
  readonly factor: (module: string) => number;
  /** Rewritten modules that are left as they were after all, and why. */
  readonly left?: ReadonlyMap<string, Message>;
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
  /** `‖V‖`. */
  readonly norm: number;
}

export interface AlignmentProducts {
  /** `C B`, m x r. */
  readonly cb: Float64Array;
}

/** Which entries of an update are set to 0: those whose sign differs from that of `V`. */
export interface SignMask {
  /** Only where `|V|` exceeds so many times its root mean square. */
  readonly threshold: number;
  /** What becomes of entries where `V` is 0, which has no sign. */
  readonly zeros: 'keep' | 'remove';
}

/** The top singular subspaces of the masked update, scale included. */
export interface MaskedUpdate {
  readonly output: readonly Float64Array[];
  readonly input: readonly Float64Array[];
  readonly values: readonly number[];
  /** Of all that is left. */
  readonly norm: number;
}

/** A method whose options are checked when it plans. */
export interface RepairMethod extends Omit<Method<object>, 'options' | 'plan' | 'curve'> {
  readonly options: OptionTable<Readonly<Record<string, unknown>>>;
  readonly curve?: Curve<Readonly<Record<string, unknown>>>;
  /** @throws SploraError `bad-request`, also for options that the method does not take */
  plan(input: RepairInput, options: Readonly<Record<string, unknown>>): Promise<RepairPlan>;
}
