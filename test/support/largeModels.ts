import { mkdir, open, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { normals } from './random';
import { inTemporaryFolder } from './temporaryFolder';

/** A tensor of bfloat16 or float32 whose file is mostly holes: only its first bytes hold numbers. */
interface SparseTensor {
  readonly name: string;
  readonly dtype: 'BF16' | 'F32';
  readonly shape: readonly [number, number];
  /** Written at the tensor's begin; the rest are zeros that take no room on the disk. */
  readonly head: Uint8Array;
}

/** Writes a safetensors file of any size in no time. */
async function writeSparse(file: string, tensors: readonly SparseTensor[]): Promise<void> {
  let end = 0;
  const entries = tensors.map(({ name, dtype, shape: [rows, columns], head }) => {
    const begin = end;
    end += rows * columns * (dtype === 'BF16' ? 2 : 4);
    return { name, head, begin, info: { dtype, shape: [rows, columns], data_offsets: [begin, end] } };
  });
  const header = Buffer.from(
    JSON.stringify(Object.fromEntries(entries.map(({ name, info }) => [name, info]))),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const handle = await open(file, 'w');
  try {
    await handle.write(Buffer.concat([length, header]), 0, 8 + header.length, 0);
    for (const { begin, head } of entries)
      await handle.write(head, 0, head.length, 8 + header.length + begin);
    await handle.truncate(8 + header.length + end);
  } finally {
    await handle.close();
  }
}

/** The upper halves of float32 numbers are bfloat16 numbers. */
function bfloat16(values: Float32Array): Uint8Array {
  const halves = new Uint16Array(values.buffer, values.byteOffset, values.length * 2);
  return new Uint8Array(Uint16Array.from({ length: values.length }, (_, i) => halves[2 * i + 1] ?? 0).buffer);
}

const bytesOf = (values: Float32Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

const TYPES = ['self_attn.q_proj', 'self_attn.k_proj', 'self_attn.v_proj', 'self_attn.o_proj'] as const;
const MLP = ['mlp.gate_proj', 'mlp.up_proj', 'mlp.down_proj'] as const;
const RANK = 4;

/** Adapter and models whose analysis by one thread takes much longer than an answer to its first event. */
export async function inLarge(
  work: (paths: Readonly<Record<'adapter' | 'base' | 'aligned', string>>) => Promise<void>,
): Promise<void> {
  await inTemporaryFolder(async (folder) => {
    await writeLarge(folder, { blocks: 9, size: 2048 });
    const at = (name: string): string => path.join(folder, name);
    await work({ adapter: at('adapter'), base: at('base'), aligned: at('aligned') });
  });
}

export interface LargeOptions {
  readonly blocks: number;
  /** Every module is `size` x `size`. */
  readonly size: number;
  /** Folder of the adapter; default: `adapter`. */
  readonly adapter?: string;
  /** Stands before the name of each module. */
  readonly prefix?: string;
}

/**
 * An adapter (7 modules in each block) on `aligned`, with `base`: files large enough that an analysis can be watched.
 * The base is all zeros, so that V is what the aligned model has in its first rows.
 */
export async function writeLarge(folder: string, options: LargeOptions): Promise<void> {
  const { blocks, size, adapter = 'adapter', prefix = '' } = options;
  const modules = Array.from({ length: blocks }, (_, block) =>
    [...TYPES, ...MLP].map((type) => `${prefix}model.layers.${String(block)}.${type}`),
  ).flat();
  const rows = bfloat16(normals(16 * size, 1, 0.02));
  const shape = [size, size] as const;
  const models = [
    { name: 'base', head: new Uint8Array() },
    { name: 'aligned', head: rows },
  ];
  for (const { name, head } of models) {
    await mkdir(path.join(folder, name), { recursive: true });
    const tensors = modules.map((module) => ({
      name: `${module}.weight`,
      dtype: 'BF16' as const,
      shape,
      head,
    }));
    await writeSparse(path.join(folder, name, 'model.safetensors'), tensors);
    await writeFile(path.join(folder, name, 'config.json'), JSON.stringify({ model_type: 'llama' }));
  }
  const factor = bytesOf(normals(RANK * size, 2, 0.1));
  const factors = modules.flatMap((module): SparseTensor[] => [
    { name: `base_model.model.${module}.lora_A.weight`, dtype: 'F32', shape: [RANK, size], head: factor },
    { name: `base_model.model.${module}.lora_B.weight`, dtype: 'F32', shape: [size, RANK], head: factor },
  ]);
  await mkdir(path.join(folder, adapter), { recursive: true });
  await writeSparse(path.join(folder, adapter, 'adapter_model.safetensors'), factors);
  const config = {
    peft_type: 'LORA',
    base_model_name_or_path: '../aligned',
    r: RANK,
    lora_alpha: 8,
    target_modules: [...TYPES, ...MLP].map((type) => type.split('.')[1]),
  };
  await writeFile(path.join(folder, adapter, 'adapter_config.json'), JSON.stringify(config, undefined, 2));
}
