import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DTYPE_BITS, isArithmeticDtype, type DtypeName } from '../../src/core/safetensors/dtype';
import { writeAdapter } from './adapterFixture';
import { encode, uniform } from './random';
import { safetensorsBytes, type TestTensor } from './safetensorsBytes';

/** A model to be made: its weights by name; `aligned` replaces values of the second one. */
export interface ModelSpec {
  readonly weights: Readonly<Record<string, readonly number[]>>;
  readonly dtype?: DtypeName;
  readonly config?: object;
  /** Files beside or instead of model.safetensors, for both models; `weights` is then not written. */
  readonly files?: (folder: string) => Promise<void>;
  /** One shard for each weight, with an index. */
  readonly sharded?: boolean;
  /** The aligned model's weights: others (default), the same, nearly the same, or with a value that is no number. */
  readonly step?: 'random' | 'none' | 'tiny' | 'nan' | 'infinity';
  /** Weights whose shape differs in the aligned model. */
  readonly aligned?: Readonly<Record<string, readonly number[]>>;
}

export interface AdapterSpec {
  readonly tensors: readonly TestTensor[];
  readonly config?: object | string;
  /** Default: adapter_model.safetensors. */
  readonly file?: string;
}

/** Numbers in [-1, 1) that are the same in every run. */
function numbers(seed: number): () => number {
  const next = uniform(seed);
  return () => 2 * next() - 1;
}

/** What has no arithmetic is all zeros. */
function elements(values: Float32Array<ArrayBuffer>, dtype: DtypeName): Uint8Array {
  if (isArithmeticDtype(dtype)) return encode(values, dtype);
  return new Uint8Array((values.length * DTYPE_BITS[dtype]) / 8);
}

/** A tensor of numbers in [-size, size), the same for the same seed. */
export function randomTensor(
  name: string,
  shape: readonly number[],
  seed: number,
  dtype: DtypeName = 'F32',
  size = 0.1,
): TestTensor {
  const next = numbers(seed);
  const count = shape.reduce((product, dimension) => product * dimension, 1);
  return {
    name,
    shape,
    dtype,
    data: elements(
      Float32Array.from({ length: count }, () => next() * size),
      dtype,
    ),
  };
}

const STEP_SIZES = { random: 0.02, none: 0, tiny: 1e-20, nan: 0.02, infinity: 0.02 } as const;

/** Writes `base` and `aligned` into `folder`. */
export async function writeModels(
  folder: string,
  spec: ModelSpec,
): Promise<{ base: string; aligned: string }> {
  const base = join(folder, 'base');
  const aligned = join(folder, 'aligned');
  await writeModel(base, spec, false);
  await writeModel(aligned, { ...spec, weights: { ...spec.weights, ...spec.aligned } }, true);
  return { base, aligned };
}

async function writeModel(folder: string, spec: ModelSpec, isAligned: boolean): Promise<void> {
  await mkdir(folder, { recursive: true });
  if (spec.config !== undefined) await writeFile(join(folder, 'config.json'), JSON.stringify(spec.config));
  if (spec.files !== undefined) {
    await spec.files(folder);
    return;
  }
  const tensors = Object.entries(spec.weights).map(([name, shape], seed) =>
    weight(name, shape, seed, spec, isAligned),
  );
  if (spec.sharded !== true) {
    await writeFile(join(folder, 'model.safetensors'), safetensorsBytes(tensors, { format: 'pt' }));
    return;
  }
  const map = new Map<string, string>();
  for (const [index, tensor] of tensors.entries()) {
    const shard = `model-${String(index + 1).padStart(5, '0')}-of-${String(tensors.length).padStart(5, '0')}.safetensors`;
    map.set(tensor.name, shard);
    await writeFile(join(folder, shard), safetensorsBytes([tensor]));
  }
  const json = JSON.stringify({ metadata: {}, weight_map: Object.fromEntries(map) });
  await writeFile(join(folder, 'model.safetensors.index.json'), json);
}

function weight(
  name: string,
  shape: readonly number[],
  seed: number,
  spec: ModelSpec,
  isAligned: boolean,
): TestTensor {
  const next = numbers(seed + 100);
  const step = numbers(seed + 900);
  const kind = spec.step ?? 'random';
  const size = isAligned ? STEP_SIZES[kind] : 0;
  const count = shape.reduce((product, dimension) => product * dimension, 1);
  // Weights near zero, so that a tiny step is not lost in rounding.
  const scale = kind === 'tiny' ? 1e-19 : 0.1;
  const values = Float32Array.from({ length: count }, () => next() * scale + step() * size);
  if (isAligned && kind === 'nan') values[0] = NaN;
  if (isAligned && kind === 'infinity') values[0] = Infinity;
  const dtype = spec.dtype ?? 'F32';
  return { name, shape, dtype, data: elements(values, dtype) };
}

/** Writes an adapter of which every tensor without data gets random ones. */
export async function writeRandomAdapter(
  folder: string,
  { tensors, config, file }: AdapterSpec,
): Promise<void> {
  const filled = tensors.map((tensor, seed) =>
    tensor.data === undefined ? randomTensor(tensor.name, tensor.shape, seed + 1, tensor.dtype) : tensor,
  );
  await writeAdapter(folder, filled, config, file);
}
