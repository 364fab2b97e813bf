import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { encode, normals } from '../support/random';
import { layOutMatrices, writeSparse, type Matrix } from '../support/sparseFiles';

/** One weight of a model: `[out, in]`. */
export interface Weight {
  readonly module: string;
  readonly shape: readonly [number, number];
}

/** `q_proj` and `v_proj` of a 7B model: 64 modules, 2 x 2.1 GB in BF16. */
export const QV_7B: readonly Weight[] = queriesAndValues(32);

/** As many modules as 80 blocks with 7 of them have, in the shape of the 7B ones: 2 x 18.8 GB. */
export const MANY: readonly Weight[] = queriesAndValues(280);

/** All linear layers of one block of a 70B model, 2 x 1.7 GB in BF16. */
export const BLOCK_70B: readonly Weight[] = (
  [
    ['self_attn.q_proj', [8192, 8192]],
    ['self_attn.k_proj', [1024, 8192]],
    ['self_attn.v_proj', [1024, 8192]],
    ['self_attn.o_proj', [8192, 8192]],
    ['mlp.gate_proj', [28672, 8192]],
    ['mlp.up_proj', [28672, 8192]],
    ['mlp.down_proj', [8192, 28672]],
  ] as const
).map(([name, shape]) => ({ module: `model.layers.0.${name}`, shape }));

function queriesAndValues(layers: number): Weight[] {
  return Array.from({ length: layers }, (_, layer) =>
    ['q_proj', 'v_proj'].map((name) => ({
      module: `model.layers.${String(layer)}.self_attn.${name}`,
      shape: [4096, 4096] as const,
    })),
  ).flat();
}

/** Weights are made of repetitions of this many numbers: what is in them does not change how long anything takes. */
const REPEATED = 1 << 24;
const SHARDS = 2;
/** Typical sizes: trained weights, an alignment step a tenth of them, and a small update. */
const [WEIGHT, STEP, A, B] = [0.02, 0.002, 0.01, 0.005];

/**
 * Writes base and aligned model in shards; returns the folders.
 * @param sparse the base is zero everywhere and takes no room on the disk
 */
export function makeModels(
  folder: string,
  weights: readonly Weight[],
  { repeated = REPEATED, sparse = false } = {},
): { base: string; aligned: string } {
  const [base, aligned] = [path.join(folder, 'base'), path.join(folder, 'aligned')];
  if (existsSync(path.join(aligned, 'config.json'))) return { base, aligned };
  const values = normals(repeated, 1, WEIGHT);
  const step = normals(repeated, 2, STEP);
  writeModel(base, weights, sparse ? undefined : encode(values, 'BF16'));
  values.forEach((value, i) => (values[i] = value + (step[i] ?? 0)));
  writeModel(aligned, weights, encode(values, 'BF16'));
  return { base, aligned };
}

function writeModel(folder: string, weights: readonly Weight[], numbers: Uint8Array | undefined): void {
  mkdirSync(folder, { recursive: true });
  const weightMap: Record<string, string> = {};
  for (let shard = 0; shard < SHARDS; shard++) {
    const file = `model-0000${String(shard + 1)}-of-0000${String(SHARDS)}.safetensors`;
    const part = weights.slice(
      Math.ceil((weights.length * shard) / SHARDS),
      Math.ceil((weights.length * (shard + 1)) / SHARDS),
    );
    for (const { module } of part) weightMap[`${module}.weight`] = file;
    const tensors = part.map(({ module, shape }) => ({ name: `${module}.weight`, shape }));
    writeSafetensors(path.join(folder, file), tensors, () => numbers);
  }
  const index = { metadata: {}, weight_map: weightMap };
  writeFileSync(path.join(folder, 'model.safetensors.index.json'), JSON.stringify(index));
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify({ model_type: 'llama' }));
}

/** Writes a LoRA adapter in BF16. */
export function makeAdapter(folder: string, weights: readonly Weight[], rank: number): string {
  mkdirSync(folder, { recursive: true });
  const tensors = weights.flatMap(({ module, shape: [m, n] }) => [
    { name: `base_model.model.${module}.lora_A.weight`, shape: [rank, n] as const },
    { name: `base_model.model.${module}.lora_B.weight`, shape: [m, rank] as const },
  ]);
  writeSafetensors(path.join(folder, 'adapter_model.safetensors'), tensors, ({ shape }, i) =>
    encode(normals(shape[0] * shape[1], 100 + i, i % 2 === 0 ? A : B), 'BF16'),
  );
  const config = {
    peft_type: 'LORA',
    r: rank,
    lora_alpha: 2 * rank,
    target_modules: 'all-linear',
    bias: 'none',
  };
  writeFileSync(path.join(folder, 'adapter_config.json'), JSON.stringify(config));
  return folder;
}

/** @param contents repeated until the tensor is full; undefined leaves it a hole */
function writeSafetensors(
  file: string,
  matrices: readonly Matrix[],
  contents: (matrix: Matrix, index: number) => Uint8Array | undefined,
): void {
  const laidOut = layOutMatrices(matrices);
  writeSparse(file, laidOut, (write) =>
    matrices.forEach((matrix, i) => {
      const bytes = contents(matrix, i);
      if (bytes === undefined) return;
      const end = laidOut.begins[i + 1] ?? laidOut.end;
      for (let at = laidOut.begins[i] ?? 0; at < end; at += bytes.length)
        write(bytes.subarray(0, Math.min(end - at, bytes.length)), at);
    }),
  );
}
