import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { encode, normals } from './random';
import { layOutMatrices, writeSparse, type Matrix } from './sparseFiles';
import { inTemporaryFolder } from './temporaryFolder';

/** A matrix of which only the first bytes hold numbers. */
interface Headed extends Matrix {
  readonly head: Uint8Array;
}

function writeHeaded(file: string, matrices: readonly Headed[]): void {
  const laidOut = layOutMatrices(matrices);
  writeSparse(file, laidOut, (write) =>
    matrices.forEach(({ head }, at) => write(head, laidOut.begins[at] ?? 0)),
  );
}

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

interface LargeOptions {
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
  const rows = encode(normals(16 * size, 1, 0.02), 'BF16');
  const shape = [size, size] as const;
  const models = [
    { name: 'base', head: new Uint8Array() },
    { name: 'aligned', head: rows },
  ];
  for (const { name, head } of models) {
    await mkdir(path.join(folder, name), { recursive: true });
    const weights = modules.map((module) => ({ name: `${module}.weight`, shape, head }));
    writeHeaded(path.join(folder, name, 'model.safetensors'), weights);
    await writeFile(path.join(folder, name, 'config.json'), JSON.stringify({ model_type: 'llama' }));
  }
  const factor = encode(normals(RANK * size, 2, 0.1), 'F32');
  const factors = modules.flatMap((module): Headed[] => [
    { name: `base_model.model.${module}.lora_A.weight`, dtype: 'F32', shape: [RANK, size], head: factor },
    { name: `base_model.model.${module}.lora_B.weight`, dtype: 'F32', shape: [size, RANK], head: factor },
  ]);
  await mkdir(path.join(folder, adapter), { recursive: true });
  writeHeaded(path.join(folder, adapter, 'adapter_model.safetensors'), factors);
  const config = {
    peft_type: 'LORA',
    base_model_name_or_path: '../aligned',
    r: RANK,
    lora_alpha: 8,
    target_modules: [...TYPES, ...MLP].map((type) => type.split('.')[1]),
  };
  await writeFile(path.join(folder, adapter, 'adapter_config.json'), JSON.stringify(config, undefined, 2));
}
