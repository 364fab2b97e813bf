import assert from 'node:assert/strict';
import { readMlxConfig } from '../../../../src/core/adapter/mlxConfig';
import { thrownData } from '../../../support/rejection';
import { english } from '../../../support/english';

describe('mlxConfig', () => {
  it('takes the scale unchanged', () => {
    const config = {
      fine_tune_type: 'dora',
      model: 'a/b',
      num_layers: 4,
      lora_parameters: { rank: 8, scale: 10.0, alpha: 16 },
    };
    assert.deepEqual(readMlxConfig(config), {
      fineTuneType: 'dora',
      rank: 8,
      scale: 10,
      scaleGiven: true,
      moduleScales: new Map(),
      moduleRanks: new Map(),
      alignedHint: 'a/b',
      hasAlpha: true,
    });
  });

  it("fills absent fields with MLX's defaults", () => {
    assert.deepEqual(readMlxConfig({}), {
      fineTuneType: 'lora',
      scale: 20,
      scaleGiven: false,
      moduleScales: new Map(),
      moduleRanks: new Map(),
      hasAlpha: false,
    });
    assert.equal(readMlxConfig({ lora_parameters: null, num_layers: -1 }).scale, 20);
  });

  it('has scales and ranks of single modules, and the base under either name', () => {
    const { moduleScales, moduleRanks, alignedHint } = readMlxConfig({
      base_model_name_or_path: 'a/base',
      unsloth_mlx_lora_module_scales: { q: 2, v: 1 },
      unsloth_mlx_lora_module_ranks: { q: 4, v: 8 },
    });
    assert.deepEqual([moduleScales.get('v'), moduleRanks.get('v'), alignedHint], [1, 8, 'a/base']);
  });

  it('refuses hostile values with their field', () => {
    const cases: readonly (readonly [object, string])[] = [
      [{ lora_parameters: { rank: 0 } }, 'lora_parameters.rank'],
      [{ lora_parameters: { scale: '10' } }, 'lora_parameters.scale'],
      [{ lora_parameters: { scale: 1e300 } }, 'lora_parameters.scale'],
      [{ lora_parameters: [] }, 'lora_parameters'],
      [{ lora_parameters: { keys: 'q' } }, 'lora_parameters.keys'],
      [{ num_layers: 1.5 }, 'num_layers'],
      [{ num_layers: 1e15 }, 'num_layers'],
      [{ fine_tune_type: 3 }, 'fine_tune_type'],
      [{ model: [] }, 'model'],
      [{ unsloth_mlx_lora_module_scales: { a: '2' } }, 'unsloth_mlx_lora_module_scales.a'],
      [{ model: 'x'.repeat(4097) }, 'model'],
    ];
    for (const [config, field] of cases) {
      const error = thrownData(() => readMlxConfig(config as Record<string, unknown>), 'bad-config');
      assert.ok(english(error.message).startsWith(`"${field}"`), english(error.message));
    }
  });
});
