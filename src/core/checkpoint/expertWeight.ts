import { expertPlace } from '../adapter/experts';
import { DTYPE_BITS } from '../safetensors/dtype';
import { bareName, indexOf } from './tensorIndex';
import type { Checkpoint, CheckpointTensor, LocatedWeight } from './types';

/** Kinds of matrices of an expert by their names: those of most families, then those of Mixtral. */
const GATES = ['gate_proj', 'w1'];
const UPS = ['up_proj', 'w3'];
const DOWNS = ['down_proj', 'w2'];
/** Gate above up, in one matrix. */
const BOTH = 'gate_up_proj';

/** Names of the module that holds the experts of a layer: in classes, in older files, in MLX. */
const HOLDERS = ['mlp.experts', 'block_sparse_moe.experts', 'mlp.switch_mlp'];

/** Model types whose experts are stored in x out; in others they are out x in. */
const IN_BY_OUT: ReadonlySet<string> = new Set([
  ...['gpt_oss', 'llama4', 'llama4_text', 'aria', 'aria_text', 'openai_privacy_filter'],
]);

interface ExpertToLocate {
  readonly name: string;
  /** `[m, n]`, out x in. */
  readonly shape: readonly [number, number];
}

/**
 * The weight of an expert's matrix that the checkpoint has under another name than the module: a slice of stacked
 * experts (3-D), or gate and up apart where the module has both. Undefined: the module is no expert, or there is none.
 */
export function locateExpert(checkpoint: Checkpoint, module: ExpertToLocate): LocatedWeight | undefined {
  const place = expertPlace(module.name);
  if (place === undefined) return undefined;
  const { container, index, matrix } = place;
  const [m, n] = module.shape;
  for (const holder of holders(container)) {
    const stackOf = (name: string): CheckpointTensor | undefined =>
      only(checkpoint, `${holder}.${name}`) ?? only(checkpoint, `${holder}.${name}.weight`);
    const own = (
      kinds: readonly string[],
      shape: readonly [number, number],
    ): CheckpointTensor | undefined => {
      for (const name of kinds) {
        const found = only(checkpoint, `${holder}.${index}.${name}.weight`);
        if (found?.info.shape.join() === shape.join()) return found;
      }
      return undefined;
    };
    if (matrix === BOTH) {
      const half = [m / 2, n] as const;
      const [above, below] = [own(GATES, half), own(UPS, half)];
      if (above !== undefined && above.info.dtype === below?.info.dtype)
        return { weight: stacked(above, below), transposed: false };
    }
    const kinds = [GATES, UPS, DOWNS].find((names) => names.includes(matrix)) ?? [matrix];
    const single = own(kinds, [m, n]);
    if (single !== undefined) return { weight: single, transposed: false };
    for (const name of kinds) {
      const stack = stackOf(name);
      const found = stack && wholeSlice(checkpoint, stack, index, m, n);
      if (found !== undefined) return found;
    }
    const fused = kinds === GATES || kinds === UPS ? stackOf(BOTH) : undefined;
    // Where gate and up alternate or are columns, their rows are no single range.
    if (fused?.info.shape[1] !== 2 * m || fused.info.shape[2] !== n || isInByOut(checkpoint)) continue;
    const weight = sliceOf(fused, index, kinds === GATES ? 0 : m, m);
    if (weight !== undefined) return { weight, transposed: false, isStacked: true };
  }
  return undefined;
}

const isInByOut = ({ modelType }: Checkpoint): boolean => modelType !== undefined && IN_BY_OUT.has(modelType);

/** The container's own name first, then the same with other holders. */
function holders(container: string): readonly string[] {
  const holder = HOLDERS.find((name) => container.endsWith(`.${name}`));
  if (holder === undefined) return [container];
  const before = container.slice(0, -holder.length);
  return [container, ...HOLDERS.filter((name) => name !== holder).map((name) => before + name)];
}

function only(checkpoint: Checkpoint, name: string): CheckpointTensor | undefined {
  const exact = checkpoint.tensors.get(name);
  if (exact !== undefined) return exact;
  const found = indexOf(checkpoint).byBareName.get(bareName(name)) ?? [];
  return found.length === 1 ? found[0] : undefined;
}

/** An expert of a stack, whichever way it is stored. */
function wholeSlice(
  checkpoint: Checkpoint,
  stack: CheckpointTensor,
  index: number,
  m: number,
  n: number,
): LocatedWeight | undefined {
  const [, rows = 0, columns] = stack.info.shape;
  const straight = rows === m && columns === n;
  const across = rows === n && columns === m;
  if (!straight && !across) return undefined;
  const weight = sliceOf(stack, index, 0, rows);
  if (weight === undefined) return undefined;
  return { weight, transposed: straight && across ? isInByOut(checkpoint) : across, isStacked: true };
}

function stacked(above: CheckpointTensor, below: CheckpointTensor): CheckpointTensor {
  const { info } = above;
  const [rows = 0, columns = 0] = info.shape;
  const byteLength = info.byteLength + below.info.byteLength;
  return { ...above, info: { ...info, shape: [2 * rows, columns], byteLength }, below };
}

/** Some rows of one expert of a stack, as a tensor. */
function sliceOf(
  { file, info }: CheckpointTensor,
  index: number,
  firstRow: number,
  rows: number,
): CheckpointTensor | undefined {
  const [count = 0, stackRows = 0, columns = 0] = info.shape;
  const rowBytes = (columns * DTYPE_BITS[info.dtype]) / 8;
  if (info.shape.length !== 3 || index >= count || !Number.isInteger(rowBytes)) return undefined;
  return {
    file,
    info: {
      ...info,
      name: `${info.name}[${index}]`,
      shape: [rows, columns],
      offset: info.offset + (index * stackRows + firstRow) * rowBytes,
      byteLength: rows * rowBytes,
    },
  };
}
