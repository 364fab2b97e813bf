import type { ExportInput, ExportPlan } from './types';
import { planTensors, uniformFactors } from './uniformFactors';

/**
 * mlx-lm's files (`tuner/utils.py: load_adapters`): `lora_a` n x r, `lora_b` r x m, one rank and one scale. Keys are full
 * names, which mean the same in all versions; modules that are not listed get no layer.
 */
export function planMlx(input: ExportInput): ExportPlan {
  const { adapter } = input;
  const names = (module: string): readonly [string, string] => [`${module}.lora_a`, `${module}.lora_b`];
  const { rank, scale, tensors, notes } = uniformFactors(adapter, 'mlx-lm', names, true);
  const model = adapter.alignedHint === undefined ? {} : { model: adapter.alignedHint };
  const keys = adapter.modules.map(({ name }) => name);
  // With full names, any number of layers will do.
  const config = { fine_tune_type: 'lora', ...model, num_layers: -1 };
  const parameters = { rank, scale, dropout: 0, keys };
  return {
    weightsName: 'adapters.safetensors',
    weights: planTensors(input, tensors),
    modules: keys.length,
    configText: `${JSON.stringify({ ...config, lora_parameters: parameters }, null, 2)}\n`,
    notes,
  };
}
