import assert from 'node:assert/strict';
import { applyEdits } from '../../../../src/core/adapter/jsonText';
import { oneForAllEdits, perModuleEdits } from '../../../../src/methods/prune/mlxModules';

const CONFIG = {
  num_layers: 2,
  unsloth_mlx_lora_module_paths: ['a', 'b'],
  unsloth_mlx_lora_module_ranks: { a: 4, b: 8 },
  unsloth_mlx_lora_module_scales: { a: 2, b: 1 },
};

describe('fields of an MLX config for single modules', () => {
  for (const indent of [undefined, 2]) {
    const text = JSON.stringify(CONFIG, null, indent);
    it(`name only what is kept, indent ${String(indent)}`, () => {
      assert.deepEqual(JSON.parse(applyEdits(text, perModuleEdits(text, new Set(['b'])))), {
        num_layers: 2,
        unsloth_mlx_lora_module_paths: ['b'],
        unsloth_mlx_lora_module_ranks: { b: 8 },
        unsloth_mlx_lora_module_scales: { b: 1 },
      });
    });
    it(`have one rank and scale after baking, indent ${String(indent)}`, () => {
      assert.deepEqual(JSON.parse(applyEdits(text, oneForAllEdits(text, 8, 2))), {
        ...CONFIG,
        unsloth_mlx_lora_module_ranks: { a: 8, b: 8 },
        unsloth_mlx_lora_module_scales: { a: 2, b: 2 },
      });
    });
  }
});
