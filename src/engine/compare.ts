import { parseAdapterKey } from '../core/adapter/keys';
import { naturalCompare } from '../core/adapter/names';
import type { AdapterFamily, AdapterModule } from '../core/adapter/types';
import {
  updateDistanceSquared,
  updateInner,
  updateNormSquared,
  type UpdateFactors,
} from '../core/adapter/updateDistance';
import { FACTOR_BYTES_MAX, factorBytes } from '../core/ediem/memory';
import type { ComparedModule } from '../core/report/comparison';
import { isArithmeticDtype } from '../core/safetensors/dtype';
import { product } from '../core/safetensors/elements';
import type { TensorInfo } from '../core/safetensors/types';
import { widen } from '../core/safetensors/widen';
import type { ByteSource } from '../io/byteSource';
import { sameTensor } from './sameTensor';
import { checkCancelled } from '../io/ioError';
import { readTensor } from '../io/readTensor';
import { openAdapter, type OpenedAdapter } from '../io/openAdapter';
import type { CompareRequest, CompareResult, ProgressEvent } from '../protocol/engineApi';
import type { CallContext } from '../rpc/channel';
import { Progress } from './progress';

/** Compares two adapters module by module: norms of both updates, and of their difference. */
export async function compare(
  request: CompareRequest,
  context: CallContext<ProgressEvent>,
): Promise<CompareResult> {
  const left = await openAdapter(request.left);
  try {
    const right = await openAdapter(request.right);
    try {
      return await compareOpened(left, right, context);
    } finally {
      await right.source.close();
    }
  } finally {
    await left.source.close();
  }
}

async function compareOpened(
  left: OpenedAdapter,
  right: OpenedAdapter,
  { signal, emit }: CallContext<ProgressEvent>,
): Promise<CompareResult> {
  const lefts = new Map(left.adapter.modules.map((module) => [module.name, module]));
  const rights = new Map(right.adapter.modules.map((module) => [module.name, module]));
  const names = [...new Set([...lefts.keys(), ...rights.keys()])].sort(naturalCompare);
  const bytesOf = (module: AdapterModule | undefined): number =>
    (module?.a.byteLength ?? 0) + (module?.b.byteLength ?? 0);
  const bytesTotal = names.reduce(
    (sum, name) => sum + bytesOf(lefts.get(name)) + bytesOf(rights.get(name)),
    0,
  );
  const progress = new Progress(names.length, bytesTotal, emit);
  let bytesDone = 0;
  const modules: ComparedModule[] = [];
  for (const name of names) {
    checkCancelled(signal);
    progress.startModule(name);
    const [onLeft, onRight] = [lefts.get(name), rights.get(name)];
    const sides = [await readSide(onLeft, left), await readSide(onRight, right)] as const;
    modules.push(await compareModule(name, ...sides));
    bytesDone += bytesOf(onLeft) + bytesOf(onRight);
    progress.setBytes(bytesDone);
    progress.endModule();
  }
  const carried = await compareCarried(left, right, signal);
  await Promise.all([left.source.assertUnchanged(), right.source.assertUnchanged()]);
  return { left: left.adapter.weightsFile, right: right.adapter.weightsFile, modules, carried };
}

interface Side {
  readonly module: AdapterModule;
  readonly source: ByteSource;
  /** Undefined if `s B A` cannot be computed. */
  readonly factors: UpdateFactors[] | undefined;
  readonly norm: number | null;
}

async function readSide(
  module: AdapterModule | undefined,
  { adapter, source }: OpenedAdapter,
): Promise<Side | undefined> {
  if (module === undefined) return undefined;
  const factors = await readUpdateFactors(module, adapter.family, source);
  return { module, source, factors, norm: rootOfSum(factors?.map(updateNormSquared)) };
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** Null if there is nothing to sum, or the weights hold NaN or infinity. */
function rootOfSum(squares: readonly number[] | undefined): number | null {
  return squares === undefined ? null : finite(Math.sqrt(squares.reduce((sum, square) => sum + square, 0)));
}

async function compareModule(
  name: string,
  left: Side | undefined,
  right: Side | undefined,
): Promise<ComparedModule> {
  const norms = { leftNorm: left?.norm ?? null, rightNorm: right?.norm ?? null };
  if (left === undefined || right === undefined) {
    return {
      module: name,
      status: left === undefined ? 'right-only' : 'left-only',
      ...norms,
      difference: null,
      cosine: null,
    };
  }
  const pairs = pairUp(left, right);
  const difference = rootOfSum(pairs?.map(([one, other]) => updateDistanceSquared(one, other)));
  const inner = pairs?.reduce((sum, [one, other]) => sum + updateInner(one, other), 0);
  const product = (left.norm ?? 0) * (right.norm ?? 0);
  return {
    module: name,
    status: await statusOf(left, right, difference),
    ...norms,
    difference,
    cosine: inner === undefined || product === 0 ? null : finite(inner / product),
  };
}

/** The factors of both sides, one pair per expert; undefined if the shapes differ. */
function pairUp(left: Side, right: Side): (readonly [UpdateFactors, UpdateFactors])[] | undefined {
  const [m, n] = left.module.shape;
  const [otherM, otherN] = right.module.shape;
  if (m !== otherM || n !== otherN || left.factors?.length !== right.factors?.length) return undefined;
  return left.factors?.flatMap((one, index) => {
    const other = right.factors?.[index];
    return other === undefined ? [] : [[one, other] as const];
  });
}

/** `equal`: the same update, in any dtype and factorization, and the same tensors besides A and B. */
async function statusOf(
  left: Side,
  right: Side,
  difference: number | null,
): Promise<'equal' | 'changed' | 'zeroed'> {
  if (right.norm === 0 && left.norm !== null && left.norm > 0) return 'zeroed';
  const isSame = difference === null ? left.module.scale === right.module.scale : difference === 0;
  return isSame && (await sameParts(left, right, difference === null)) ? 'equal' : 'changed';
}

async function sameParts(left: Side, right: Side, withFactors: boolean): Promise<boolean> {
  const partsOf = ({ module }: Side): Map<string, TensorInfo> =>
    new Map(
      module.tensors
        .filter((tensor) => withFactors || (tensor !== module.a && tensor !== module.b))
        .map((tensor) => [parseAdapterKey(tensor.name)?.part ?? tensor.name, tensor]),
    );
  const [lefts, rights] = [partsOf(left), partsOf(right)];
  if (lefts.size !== rights.size) return false;
  for (const [part, tensor] of lefts) {
    const other = rights.get(part);
    if (other === undefined || !(await sameTensor([tensor, left.source], [other, right.source])))
      return false;
  }
  return true;
}

async function compareCarried(
  left: OpenedAdapter,
  right: OpenedAdapter,
  signal: AbortSignal,
): Promise<CompareResult['carried']> {
  const byName = ({ adapter }: OpenedAdapter): Map<string, TensorInfo> =>
    new Map(
      [...adapter.replacements.filter(({ module }) => module === undefined), ...adapter.carried].map(
        ({ tensor }) => [tensor.name, tensor],
      ),
    );
  const [lefts, rights] = [byName(left), byName(right)];
  const result: CompareResult['carried'][number][] = [];
  for (const tensor of [...new Set([...lefts.keys(), ...rights.keys()])].sort(naturalCompare)) {
    checkCancelled(signal);
    const [one, other] = [lefts.get(tensor), rights.get(tensor)];
    if (one === undefined) result.push({ tensor, status: 'right-only' });
    else if (other === undefined) result.push({ tensor, status: 'left-only' });
    else {
      const isSame = await sameTensor([one, left.source], [other, right.source]);
      result.push({ tensor, status: isSame ? 'equal' : 'changed' });
    }
  }
  return result;
}

/**
 * Both factors of a module in float64, one entry per expert (one for a plain layer). Undefined if `s B A` cannot be
 * computed: an unsupported dtype, factors stored in blocks, or too large for memory.
 */
async function readUpdateFactors(
  module: AdapterModule,
  family: AdapterFamily,
  source: ByteSource,
): Promise<UpdateFactors[] | undefined> {
  const { rank, scale, transposed } = module;
  const [m, n] = module.shape;
  const experts = family === 'mlx' && module.a.shape.length === 3 ? (module.a.shape[0] ?? 0) : 1;
  if (experts * factorBytes(module.shape, rank) > FACTOR_BYTES_MAX) return undefined;
  const [a, b] = await Promise.all([readFloat64(module.a, source), readFloat64(module.b, source)]);
  if (a?.length !== experts * rank * n || b?.length !== experts * rank * m) return undefined;
  return Array.from({ length: experts }, (_, expert) => {
    const slice = (values: Float64Array, length: number): Float64Array =>
      values.subarray(expert * length, (expert + 1) * length);
    const [oneA, oneB] = [slice(a, rank * n), slice(b, rank * m)];
    return transposed
      ? { rank, scale, a: transpose(oneA, n, rank), b: oneB }
      : { rank, scale, a: oneA, b: transpose(oneB, m, rank) };
  });
}

async function readFloat64(info: TensorInfo, source: ByteSource): Promise<Float64Array | undefined> {
  if (!isArithmeticDtype(info.dtype)) return undefined;
  const bytes = await readTensor(source, info);
  if (info.dtype === 'F64') return new Float64Array(bytes.buffer);
  const values = new Float32Array(product(info.shape));
  widen(bytes, info.dtype, values);
  return Float64Array.from(values);
}

function transpose(values: Float64Array, rows: number, columns: number): Float64Array {
  const result = new Float64Array(values.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) result[j * rows + i] = values[i * columns + j] ?? 0;
  }
  return result;
}
