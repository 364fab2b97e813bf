import { createHash } from 'node:crypto';
import type { Adapter, AdapterModule } from '../core/adapter/types';
import { randomSubspace, type Vectors } from '../core/algebra/topSubspaces';
import { failure } from '../core/errors';
import { say, type Message } from '../core/message';
import { defined } from '../core/record';
import { displayName } from '../core/safetensors/displayName';
import { isArithmeticDtype } from '../core/safetensors/dtype';
import { padAxis, readElements, writeElements } from '../core/safetensors/elements';
import type { TensorInfo } from '../core/safetensors/types';
import type { TensorFate } from '../core/safetensors/writePlan';
import type { ByteSource } from '../io/byteSource';
import type {
  AlignmentStep,
  AlignmentSubspaces,
  LoraFactors,
  Rewritten,
  SettledRanks,
  WrittenModule,
} from '../methods/types';
import { scaleBy } from '../methods/update';
import type { ModuleSubspaces } from './workers/protocol';

/** A singular value that exceeds the next one by less (relative): which direction is the k-th is up to small changes. */
const CLOSE = 0.01;

/** A step of one candidate. */
export interface PlannedStep {
  /** Id, for errors. */
  readonly method: string;
  readonly step: AlignmentStep;
  /** On random directions, for comparison. */
  readonly isRandom: boolean;
}

/** What becomes of an adapter in one step. */
export class StepOutcome {
  /** Why modules are left as they are. */
  readonly left = new Map<string, Message>();
  /** Modules whose last direction hardly differs from the next. */
  readonly close: string[] = [];
  private readonly tensors = new Map<string, TensorFate>();
  private readonly written = new Map<string, WrittenModule>();

  constructor(private readonly planned: PlannedStep) {}

  skips(module: string): boolean {
    return this.planned.step.skip?.has(module) === true;
  }

  rewrite(module: AdapterModule, factors: LoraFactors, subspaces: ModuleSubspaces): void {
    const { step, isRandom } = this.planned;
    const { name } = module;
    if (this.skips(name)) return;
    const top = firstOf(subspaces, step.k);
    if (!isRandom && top.next > (1 - CLOSE) * (top.values.at(-1) ?? 0)) this.close.push(name);
    this.put(module, factors, step.rewrite(factors, isRandom ? randomLike(top, name) : top, name));
  }

  /** @param factors absent: they cannot be read */
  leave(module: AdapterModule, reason: Message, factors?: LoraFactors): void {
    const { rewriteOutside } = this.planned.step;
    if (this.skips(module.name)) return;
    if (factors === undefined || rewriteOutside === undefined) this.left.set(module.name, reason);
    else this.put(module, factors, rewriteOutside(factors, module.name));
  }

  /** All tensors with new values, when all modules are done. */
  settle(adapter: Adapter): Omit<SettledRanks, 'ranks' | 'factor'> & {
    readonly tensors: ReadonlyMap<string, TensorFate>;
  } {
    const settled = this.planned.step.settle?.(this.written);
    if (settled === undefined) return { tensors: this.tensors, notes: [], record: {} };
    const { ranks: _ranks, factor: _factor, ...rest } = settled;
    return { ...rest, tensors: padded(adapter, this.tensors, settled) };
  }

  private put(
    { name, a: storedA, b: storedB, transposed: isTransposed }: AdapterModule,
    { m, n, rank: before }: LoraFactors,
    { a, b, rank = before, error }: Rewritten,
  ): void {
    this.written.set(name, { rank, ...defined({ error }) });
    if (a !== undefined) this.write(storedA, [rank, n], isTransposed, a);
    if (b !== undefined) this.write(storedB, [m, rank], isTransposed, b);
  }

  private write(
    { name, dtype }: TensorInfo,
    [rows, columns]: readonly [number, number],
    isTransposed: boolean,
    values: Float64Array,
  ): void {
    const stored = isTransposed ? transposed(values, rows, columns) : values;
    const bytes = isArithmeticDtype(dtype) ? writeElements(stored, dtype) : undefined;
    if (bytes === undefined)
      throw failure('bad-request', say('Tensor {0} does not fit its dtype {1}', displayName(name), dtype));
    const shape = isTransposed ? [columns, rows] : [rows, columns];
    this.tensors.set(name, { shape, transform: () => bytes });
  }
}

/** With zeros appended to the modules of smaller rank. */
function padded(
  { modules, weightsFile }: Adapter,
  tensors: ReadonlyMap<string, TensorFate>,
  { ranks, factor }: SettledRanks,
): ReadonlyMap<string, TensorFate> {
  const fates = new Map(tensors);
  for (const { name, a, b, transposed: isTransposed } of modules) {
    const rank = ranks.get(name);
    if (rank === undefined) continue;
    const sides = [
      { tensor: a, axis: isTransposed ? 1 : 0, by: factor },
      { tensor: b, axis: isTransposed ? 0 : 1, by: 1 },
    ];
    for (const { tensor, axis, by } of sides) {
      const fate = tensors.get(tensor.name);
      const { shape, transform } = typeof fate === 'object' ? fate : { shape: tensor.shape, transform: same };
      if (shape[axis] === rank) continue;
      const scale = scaleBy(tensor, by, (why) => failure('bad-request', why, weightsFile));
      fates.set(tensor.name, {
        shape: shape.with(axis, rank),
        transform: (bytes) => padAxis(scale(transform(bytes)), shape, axis, rank),
      });
    }
  }
  return fates;
}

const same = (bytes: Uint8Array): Uint8Array => bytes;

/** The first k of more directions. */
function firstOf({ output, input, values, next, settled }: ModuleSubspaces, k: number): ModuleSubspaces {
  return {
    output: output.slice(0, k),
    input: input.slice(0, k),
    values: values.slice(0, k),
    next: values[k] ?? next,
    settled,
  };
}

/** As many random directions, the same ones for a module each time. */
function randomLike({ output, input, values }: ModuleSubspaces, module: string): AlignmentSubspaces {
  const seed = createHash('sha256').update(module).digest().readInt32LE();
  const random = (vectors: Vectors, salt: number): Vectors =>
    randomSubspace(vectors[0]?.length ?? 0, vectors.length, seed ^ salt);
  return { output: random(output, 0), input: random(input, 1), values };
}

/** The factors of a module, or why they cannot be changed. */
export async function readLoraFactors(
  { a, b, shape: [m, n], rank, transposed: isTransposed }: AdapterModule,
  source: ByteSource,
): Promise<LoraFactors | { readonly reason: Message }> {
  const [left, right] = await Promise.all([readFactor(a, source), readFactor(b, source)]);
  if (left === undefined || right === undefined)
    return { reason: say('The adapter contains {0} and {1}, not F64, F32, F16, or BF16.', a.dtype, b.dtype) };
  if (!left.every(Number.isFinite) || !right.every(Number.isFinite))
    return { reason: say('lora_A or lora_B contains NaN or infinity.') };
  if (left.every(isZero) || right.every(isZero))
    return { reason: say('The update is zero: this module changes nothing.') };
  return {
    ...{ m, n, rank },
    a: isTransposed ? transposed(left, n, rank) : left,
    b: isTransposed ? transposed(right, rank, m) : right,
  };
}

const isZero = (value: number): boolean => value === 0;

async function readFactor(info: TensorInfo, source: ByteSource): Promise<Float64Array | undefined> {
  if (!isArithmeticDtype(info.dtype)) return undefined;
  const bytes = new Uint8Array(info.byteLength);
  await source.readInto(bytes, info.offset);
  return readElements(bytes, info.dtype);
}

function transposed(values: Float64Array, rows: number, columns: number): Float64Array {
  const result = new Float64Array(values.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) result[j * rows + i] = values[i * columns + j] ?? 0;
  }
  return result;
}
