import { product } from '../safetensors/elements';
import { DTYPE_BITS } from '../safetensors/dtype';
import type { TensorInfo, TensorSlice } from '../safetensors/types';
import { groupBy } from '../groupBy';
import { lastOfName } from '../lastPart';
import type { Message } from '../message';
import { isExpertHolder } from './experts';
import { rankReason } from './modules';
import type { AdapterModule } from './types';

/** Parameters that hold experts, in the order in which classes of transformers 5 define them and PEFT wraps them. */
const PARAMETERS = ['gate_up_proj', 'down_proj'];
const BASE_LAYER = '.base_layer';
/** Llama 4 multiplies inputs by its experts from the left, which PEFT does not know: A and B change places. */
const IN_BY_OUT = '.feed_forward.experts';

/** One pair of the file that has the factors of all experts of a layer. */
export interface Stack {
  /** Of the parameter or module, as loaders call it, e.g. `model.layers.0.mlp.experts.gate_up_proj`. */
  readonly name: string;
  readonly a: TensorInfo;
  readonly b: TensorInfo;
}

/** The container of the experts and the name of their matrix. */
const partsOf = (name: string): readonly [container: string, matrix: string] => {
  const matrix = lastOfName(name);
  return [name.slice(0, -matrix.length - 1), matrix];
};

/** Of a name, from the whole one to its last part and none; a hostile name has thousands. */
const ENDINGS_MAX = 50;

function endingsOf(name: string): readonly string[] {
  const endings = [name];
  for (
    let dot = name.indexOf('.');
    dot >= 0 && endings.length < ENDINGS_MAX;
    dot = name.indexOf('.', dot + 1)
  )
    endings.push(name.slice(dot + 1));
  return [...endings, ''];
}

/**
 * Finds the parameter that a pair of `target_parameters` belongs to, by the name of the pair. PEFT wraps an owner once for
 * each parameter, the first one innermost, so that names tell only how deep a pair is. Undefined: it is unknown.
 * @param pairs names of all pairs of the file
 */
export function parameterFinder(
  targetParameters: readonly string[],
  pairs: ReadonlySet<string>,
): (pair: string) => string | undefined {
  const byOwner = groupBy(targetParameters, (target) =>
    target.slice(0, Math.max(0, target.lastIndexOf('.'))),
  );
  return (pair) => {
    const isInner = pair.endsWith(BASE_LAYER);
    const owner = isInner ? pair.slice(0, -BASE_LAYER.length) : pair;
    const targeted = new Set(
      endingsOf(owner).flatMap((ending) => byOwner.get(ending)?.map(lastOfName) ?? []),
    );
    const known = PARAMETERS.filter((parameter) => targeted.has(parameter));
    const parameters = targeted.size === 1 ? [...targeted] : known.length === targeted.size ? known : [];
    const levels = [owner, owner + BASE_LAYER].filter((level) => pairs.has(level)).length;
    if (parameters.length !== levels || owner.endsWith(BASE_LAYER)) return undefined;
    const parameter = parameters[isInner ? 0 : parameters.length - 1];
    return parameter === undefined ? undefined : `${owner}.${parameter}`;
  };
}

/** What a stack needs from the config. */
interface StackSettings {
  readonly scale: number;
  readonly unsupported?: Message | undefined;
}

/**
 * The experts of a stack of PEFT: A is (E r) x n, expert by expert; B is m x (r E), in which expert e has every E-th
 * column from e on (`ParamWrapper.get_delta_weight`). Undefined: the shapes are no such stack.
 */
export function parameterExperts(
  stack: Stack,
  rank: number,
  settings: StackSettings,
): readonly AdapterModule[] | undefined {
  const { a, b } = stack;
  const [rows = 0, n = 0] = a.shape;
  const [m = 0, columns] = b.shape;
  const count = rows / rank;
  const isStack = a.shape.length === 2 && b.shape.length === 2 && columns === rows;
  if (!isStack || !Number.isInteger(count) || count < 1 || n * m === 0) return undefined;
  const isSwapped = partsOf(stack.name)[0].endsWith(IN_BY_OUT);
  return Array.from({ length: count }, (_, index) => {
    const one = sliceOf(a, { of: a, index, count, layout: 'rows' }, [rank, n]);
    const other = sliceOf(b, { of: b, index, count, layout: 'columns' }, [m, rank]);
    const module = { a: one, b: other, transposed: false, shape: [m, n] } as const;
    const swapped = { a: other, b: one, transposed: true, shape: [n, m] } as const;
    return expertOf(stack, index, rank, isSwapped ? swapped : module, settings);
  });
}

/**
 * The experts of 3-D factors: A is E x r x n and B is E x m x r; one of them may be 1 x …, which all experts share.
 * Undefined: the shapes are no such stack, or no experts.
 */
export function expertsOf3d(stack: Stack, settings: StackSettings): readonly AdapterModule[] | undefined {
  const { a, b, name } = stack;
  const [ofA = 0, rank = 0, n = 0] = a.shape;
  const [ofB = 0, m = 0, inner] = b.shape;
  const count = Math.max(ofA, ofB);
  const fits = (own: number): boolean => own === count || own === 1;
  const isStack = a.shape.length === 3 && b.shape.length === 3 && inner === rank && fits(ofA) && fits(ofB);
  if (!isStack || count * rank * n * m === 0 || !isExpertHolder(partsOf(name)[0])) return undefined;
  const slice = (of: TensorInfo, own: number, index: number, shape: readonly number[]): TensorInfo => {
    const isShared = own < count;
    return sliceOf(of, { of, index: isShared ? 0 : index, count: own, layout: 'rows', isShared }, shape);
  };
  return Array.from({ length: count }, (_, index) => {
    const factors = { a: slice(a, ofA, index, [rank, n]), b: slice(b, ofB, index, [m, rank]) };
    return expertOf(stack, index, rank, { ...factors, transposed: false, shape: [m, n] }, settings);
  });
}

function sliceOf(tensor: TensorInfo, slice: TensorSlice, shape: readonly number[]): TensorInfo {
  const byteLength = (product(shape) * DTYPE_BITS[tensor.dtype]) / 8;
  const skipped = slice.layout === 'rows' ? slice.index * byteLength : 0;
  return {
    ...{ name: `${tensor.name}[${slice.index}]`, dtype: tensor.dtype, shape },
    ...{ offset: tensor.offset + skipped, byteLength, slice },
  };
}

function expertOf(
  { name }: Stack,
  index: number,
  rank: number,
  factors: Pick<AdapterModule, 'a' | 'b' | 'transposed' | 'shape'>,
  { scale, unsupported: given }: StackSettings,
): AdapterModule {
  const [container, matrix] = partsOf(name);
  const unsupported = given ?? rankReason({ shape: factors.shape, rank });
  return {
    ...{ name: `${container}.${index}.${matrix}`, ...factors, rank, scale, stack: name },
    tensors: [factors.a, factors.b],
    ...(unsupported === undefined ? {} : { unsupported }),
  };
}
