import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readAdapter } from '../../src/core/adapter/readAdapter';
import type { Adapter } from '../../src/core/adapter/types';
import type { SafetensorsHeader } from '../../src/core/safetensors/types';
import { readHeader, safetensorsBytes, type TestTensor } from './safetensorsBytes';

/** Modules of the usual names. */
export const Q = 'model.layers.0.self_attn.q_proj';
export const V = 'model.layers.0.self_attn.v_proj';

/** `lora_A` (r x n) and `lora_B` (m x r) of a module, under PEFT's names. */
export function peftPair(module: string, m = 6, n = 4, r = 2): TestTensor[] {
  return [
    { name: `base_model.model.${module}.lora_A.weight`, shape: [r, n] },
    { name: `base_model.model.${module}.lora_B.weight`, shape: [m, r] },
  ];
}

/** Of `Q` and `V`. */
export const PAIRS: readonly TestTensor[] = [...peftPair(Q), ...peftPair(V)];

/** `lora_a` (n x r) and `lora_b` (r x m) of a module, as MLX stores them. */
export function mlxPair(module: string, m = 6, n = 4, r = 2): TestTensor[] {
  return [
    { name: `${module}.lora_a`, shape: [n, r] },
    { name: `${module}.lora_b`, shape: [r, m] },
  ];
}

export function headerOf(
  tensors: readonly TestTensor[],
  metadata?: Readonly<Record<string, string>>,
): SafetensorsHeader {
  return readHeader(safetensorsBytes(tensors, metadata), '/test/adapter_model.safetensors');
}

/** The adapter of these tensors and this config (text, or an object, or none). */
export function adapterOf(tensors: readonly TestTensor[], config?: string | object): Adapter {
  const configText = typeof config === 'object' ? JSON.stringify(config) : config;
  return readAdapter({
    weightsFile: '/test/adapter_model.safetensors',
    header: headerOf(tensors),
    ...(configText === undefined ? {} : { configFile: '/test/adapter_config.json', configText }),
  });
}

/** Writes an adapter folder; `config` as text or as an object. */
export async function writeAdapter(
  folder: string,
  tensors: readonly TestTensor[],
  config?: string | object,
  name = 'adapter_model.safetensors',
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, name), safetensorsBytes(tensors, { format: 'pt' }));
  if (config === undefined) return;
  await writeFile(
    join(folder, 'adapter_config.json'),
    typeof config === 'string' ? config : JSON.stringify(config, null, 2),
  );
}
