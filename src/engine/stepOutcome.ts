import { createHash } from 'node:crypto';
import type { Adapter, AdapterModule } from '../core/adapter/types';
import { randomSubspace, type Vectors } from '../core/algebra/topSubspaces';
import { failure } from '../core/errors';
import { say, type Message } from '../core/message';
import { displayName } from '../core/safetensors/displayName';
import { isArithmeticDtype } from '../core/safetensors/dtype';
import { padAxis, writeElements } from '../core/safetensors/elements';
import type { TensorInfo } from '../core/safetensors/types';
import type { AddedTensor, TensorFate } from '../core/safetensors/writePlan';
import type {
  AlignmentSubspaces,
  FactorStep,
  LeftModule,
  Rewritten,
  Settled,
  StepModule,
  WrittenModule,
} from '../methods/types';
import { scaleBy } from '../methods/update';
import type { ModuleSubspaces, StepResult } from './workers/protocol';

/** A singular value that exceeds the next one by less (relative): which direction is the k-th is up to small changes. */
const CLOSE = 0.01;

/** A step of one candidate. */
export interface PlannedStep {
  /** Id, for errors. */
  readonly method: string;
  readonly step: FactorStep;
  /** On random directions, for comparison. */
  readonly isRandom: boolean;
}

/** A module as its factors are stored: one of the adapter, or one of the safety adapter that the step adds. */
export type StoredModule = Pick<AdapterModule, 'name' | 'a' | 'b' | 'transposed'>;

/** What becomes of an adapter in one step. */
export class StepOutcome {
  /** Why modules cannot be changed. */
  readonly left = new Map<string, Message>();
  /** Why the method does not change modules that it could change. */
  readonly spared = new Map<string, Message>();
  /** Modules whose last direction hardly differs from the next. */
  readonly close: string[] = [];
  readonly step: FactorStep;
  readonly method: string;
  private readonly tensors = new Map<string, PlannedFactor>();
  private readonly modules = new Map<string, StoredModule>();
  private readonly written = new Map<string, WrittenModule>();

  constructor(private readonly planned: PlannedStep) {
    this.step = planned.step;
    this.method = planned.method;
  }

  skips(module: string): boolean {
    return this.step.skip?.has(module) === true;
  }

  /** @param result what the step reads; absent for one that reads factors alone */
  rewrite(module: StoredModule, given: StepModule, result?: StepResult): void {
    const { name } = module;
    if (this.skips(name)) return;
    const made = this.made(given, result);
    if ('left' in made) this.spared.set(name, made.left);
    else this.put(module, given, made);
  }

  /** @param given absent: its factors cannot be read */
  leave(module: StoredModule, reason: Message, given?: StepModule): void {
    const { rewriteOutside } = this.step;
    if (this.skips(module.name)) return;
    if (given === undefined || rewriteOutside === undefined) this.left.set(module.name, reason);
    else this.put(module, given, rewriteOutside(given));
  }

  /** All tensors with new values, when all modules are done. */
  settle(adapter: Adapter): StepTensors {
    // Modules are done in any order.
    const names = [...adapter.modules.map(({ name }) => name), ...this.written.keys()];
    const written = new Map(names.flatMap((name) => pairOf(name, this.written.get(name))));
    const settled = this.step.settle?.(written);
    if (settled === undefined) return { ...partsOf(adapter, this.tensors), notes: [], record: {} };
    const { ranks: _ranks, factor: _factor, left = new Map<string, Message>(), ...rest } = settled;
    for (const [name, reason] of left) this.spared.set(name, reason);
    const staying = new Map([...this.tensors].filter(([, { module }]) => !left.has(module)));
    const all = new Map<string, StoredModule>(adapter.modules.map((module) => [module.name, module]));
    for (const [name, module] of this.modules) all.set(name, module);
    const tensors = padded([...all.values()], staying, { ...settled, file: adapter.weightsFile });
    return { ...rest, ...partsOf(adapter, tensors) };
  }

  private made(given: StepModule, result: StepResult | undefined): Rewritten | LeftModule {
    const { step } = this;
    if (step.reads === 'factors') return step.rewrite(given);
    if (step.reads === 'products' && result?.kind === 'products')
      return step.rewrite(given, { cb: Float64Array.from(result.cb) });
    if (step.reads === 'masked' && result?.kind === 'masked') return step.rewrite(given, result);
    if (step.reads === 'subspaces' && result?.kind === 'subspaces')
      return step.rewrite(given, this.directions(step.k, given.name, result));
    throw new Error(`${given.name}: ${step.reads} were not computed`);
  }

  private directions(k: number, module: string, subspaces: ModuleSubspaces): AlignmentSubspaces {
    const top = firstOf(subspaces, k);
    if (this.planned.isRandom) return randomLike(top, module);
    if (top.next > (1 - CLOSE) * (top.values.at(-1) ?? 0)) this.close.push(module);
    return top;
  }

  private put(
    module: StoredModule,
    given: StepModule,
    { rank = given.rank, a, b, ...figures }: Rewritten,
  ): void {
    const { m, n } = given;
    this.modules.set(module.name, module);
    this.written.set(module.name, { rank, ...figures });
    const [left, right] = b === undefined ? [a, b] : balanced(module.b.dtype, { a, b }, given.a);
    if (left !== undefined) this.write(module, 'a', [rank, n], left);
    if (right !== undefined) this.write(module, 'b', [m, rank], right);
  }

  private write(
    { name: module, transposed: isTransposed, ...stored }: StoredModule,
    side: 'a' | 'b',
    [rows, columns]: readonly [number, number],
    values: Float64Array,
  ): void {
    const { name, dtype } = stored[side];
    const bytes = isArithmeticDtype(dtype)
      ? writeElements(isTransposed ? transposed(values, rows, columns) : values, dtype)
      : undefined;
    if (bytes === undefined)
      throw failure('bad-request', say('Tensor {0} does not fit its dtype {1}', displayName(name), dtype));
    const shape = isTransposed ? [columns, rows] : [rows, columns];
    this.tensors.set(name, { module, tensor: stored[side], shape, transform: () => bytes });
  }
}

const pairOf = <T>(name: string, value: T | undefined): readonly (readonly [string, T])[] =>
  value === undefined ? [] : [[name, value]];

/** New values of a factor. */
interface PlannedFactor {
  readonly module: string;
  readonly tensor: TensorInfo;
  readonly shape: readonly number[];
  readonly transform: (bytes: Uint8Array) => Uint8Array;
}

/** What a step writes. */
export interface StepTensors extends Pick<Settled, 'configText' | 'notes' | 'record'> {
  readonly tensors: ReadonlyMap<string, TensorFate>;
  /** Of modules that the adapter does not have. */
  readonly added: ReadonlyMap<string, AddedTensor>;
}

/** Tensors that are in the file, and others. */
function partsOf(
  { header }: Adapter,
  planned: ReadonlyMap<string, PlannedFactor>,
): Pick<StepTensors, 'tensors' | 'added'> {
  const tensors = new Map<string, TensorFate>();
  const added = new Map<string, AddedTensor>();
  for (const [name, { tensor, shape, transform }] of planned) {
    if (tensor.slice !== undefined || header.tensors.has(name)) tensors.set(name, { shape, transform });
    else added.set(name, { dtype: tensor.dtype, shape, bytes: () => transform(NO_BYTES) });
  }
  return { tensors, added };
}

const NO_BYTES = new Uint8Array();

/** With zeros appended to the modules of smaller rank, and `A` times its factor. */
function padded(
  modules: readonly StoredModule[],
  tensors: ReadonlyMap<string, PlannedFactor>,
  { ranks, factor, file }: Pick<Settled, 'ranks' | 'factor'> & { readonly file: string },
): ReadonlyMap<string, PlannedFactor> {
  const all = new Map(tensors);
  for (const { name: module, a, b, transposed: isTransposed } of modules) {
    const rank = ranks.get(module);
    if (rank === undefined) continue;
    const sides = [
      { tensor: a, axis: isTransposed ? 1 : 0, by: factor(module) },
      { tensor: b, axis: isTransposed ? 0 : 1, by: 1 },
    ];
    for (const { tensor, axis, by } of sides) {
      const { shape, transform } = tensors.get(tensor.name) ?? { shape: tensor.shape, transform: same };
      if (shape[axis] === rank && by === 1) continue;
      const scale = scaleBy(tensor, by, (why) => failure('bad-request', why, file));
      all.set(tensor.name, {
        ...{ module, tensor, shape: shape.with(axis, rank) },
        transform: (bytes) => padAxis(scale(transform(bytes)), shape, axis, rank),
      });
    }
  }
  return all;
}

const same = (bytes: Uint8Array): Uint8Array => bytes;

/** Smaller elements of `lora_B` in F16 lose bits, or become 0: its smallest normal number is 2 ** -14. */
const F16_SMALL = 2 ** -8;

/** In F16, the factors with `B` multiplied and `A` divided by a power of two if `B` is small. */
function balanced(
  dtype: string,
  { a, b }: { readonly a: Float64Array | undefined; readonly b: Float64Array },
  before: Float64Array,
): readonly [a: Float64Array | undefined, b: Float64Array] {
  const [largestA, largestB] = [largest(a ?? before), largest(b)];
  if (dtype !== 'F16' || largestB >= F16_SMALL || largestB === 0) return [a, b];
  const shift = 2 ** Math.round(Math.log2(largestA / largestB) / 2);
  return shift > 1 ? [times(a ?? before, 1 / shift), times(b, shift)] : [a, b];
}

function largest(values: Float64Array): number {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most;
}

const times = (values: Float64Array, factor: number): Float64Array =>
  Float64Array.from(values, (value) => factor * value);

/** The first k of more directions. */
function firstOf(subspaces: ModuleSubspaces, k: number): ModuleSubspaces {
  const { output, input, values, next } = subspaces;
  return {
    ...subspaces,
    output: output.slice(0, k),
    input: input.slice(0, k),
    values: values.slice(0, k),
    next: values[k] ?? next,
  };
}

/** As many random directions, the same ones for a module each time. */
function randomLike({ output, input, values, norm }: ModuleSubspaces, module: string): AlignmentSubspaces {
  const seed = createHash('sha256').update(module).digest().readInt32LE();
  const random = (vectors: Vectors, salt: number): Vectors =>
    randomSubspace(vectors[0]?.length ?? 0, vectors.length, seed ^ salt);
  return { output: random(output, 0), input: random(input, 1), values, norm };
}

/** Why a module needs no repair. Absent: it has an update. */
export function noUpdate({ a, b, scale }: Pick<StepModule, 'a' | 'b' | 'scale'>): Message | undefined {
  const isZero = (value: number): boolean => value === 0;
  return scale === 0 || a.every(isZero) || b.every(isZero)
    ? say('The update is zero: this module changes nothing.')
    : undefined;
}

/** The transpose of a rows x columns matrix. */
export function transposed(values: Float64Array, rows: number, columns: number): Float64Array {
  const result = new Float64Array(values.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) result[j * rows + i] = values[i * columns + j] ?? 0;
  }
  return result;
}
