import assert from 'node:assert/strict';
import { readPeftConfig, type PeftConfig } from '../../../../src/core/adapter/peftConfig';
import { thrownData } from '../../../support/rejection';
import { english } from '../../../support/english';

function read(text: string): PeftConfig {
  return readPeftConfig(JSON.parse(text) as Record<string, unknown>, text, '/c.json');
}

describe('peftConfig', () => {
  it("fills absent fields with PEFT's defaults", () => {
    assert.deepEqual(read('{}'), {
      r: 8,
      loraAlpha: 8,
      useRslora: false,
      useDora: false,
      fanInFanOut: false,
      rankPattern: [],
      alphaPattern: [],
      targetParameters: [],
      blockDiagonal: false,
    });
  });

  it('reads what it is given', () => {
    const config = read(
      '{"peft_type":"LORA","r":4,"lora_alpha":16.0,"use_rslora":true,"fan_in_fan_out":true,"modules_to_save":["classifier"],' +
        '"target_parameters":["mlp.experts.gate_up_proj"],"base_model_name_or_path":"a/b","use_bdlora":{"nblocks":2},"use_dora":true}',
    );
    assert.deepEqual(config, {
      peftType: 'LORA',
      r: 4,
      loraAlpha: 16,
      useRslora: true,
      useDora: true,
      fanInFanOut: true,
      rankPattern: [],
      alphaPattern: [],
      targetParameters: ['mlp.experts.gate_up_proj'],
      blockDiagonal: true,
      alignedHint: 'a/b',
    });
  });

  it('keeps the order of patterns in the text, also of keys that look like numbers', () => {
    const { rankPattern, alphaPattern } = read(
      '{"rank_pattern":{"q":4,"0":8,"__proto__":2},"alpha_pattern":{"v":1.5,"v":2}}',
    );
    assert.deepEqual(rankPattern, [
      { key: 'q', value: 4 },
      { key: '0', value: 8 },
      { key: '__proto__', value: 2 },
    ]);
    assert.deepEqual(alphaPattern, [{ key: 'v', value: 2 }]);
  });

  const hostile: readonly (readonly [string, string])[] = [
    ['{"r":0}', 'r'],
    ['{"r":-1}', 'r'],
    ['{"r":8.5}', 'r'],
    ['{"r":"8"}', 'r'],
    ['{"r":null}', 'r'],
    ['{"r":1e300}', 'r'],
    ['{"r":[8]}', 'r'],
    ['{"lora_alpha":"16"}', 'lora_alpha'],
    ['{"lora_alpha":1e300}', 'lora_alpha'],
    ['{"lora_alpha":null}', 'lora_alpha'],
    ['{"use_rslora":"yes"}', 'use_rslora'],
    ['{"use_dora":1}', 'use_dora'],
    ['{"fan_in_fan_out":"true"}', 'fan_in_fan_out'],
    ['{"target_modules":[1]}', 'target_modules'],
    ['{"target_modules":{"a":1}}', 'target_modules'],
    ['{"modules_to_save":[null]}', 'modules_to_save'],
    ['{"bias":"some"}', 'bias'],
    ['{"peft_type":7}', 'peft_type'],
    ['{"rank_pattern":[]}', 'rank_pattern'],
    ['{"rank_pattern":{"q":0}}', 'rank_pattern.q'],
    ['{"rank_pattern":{"__proto__":"x"}}', 'rank_pattern.__proto__'],
    ['{"alpha_pattern":{"q":"16"}}', 'alpha_pattern.q'],
    ['{"alpha_pattern":7}', 'alpha_pattern'],
    ['{"layer_replication":"x"}', 'layer_replication'],
    ['{"init_lora_weights":3}', 'init_lora_weights'],
    ['{"base_model_name_or_path":{}}', 'base_model_name_or_path'],
    ['{"trainable_token_indices":"x"}', 'trainable_token_indices'],
    ['{"loftq_config":[]}', 'loftq_config'],
  ];
  for (const [text, field] of hostile) {
    it(`refuses ${text} with the field's name`, () => {
      const error = thrownData(() => read(text), 'bad-config');
      assert.ok(
        english(error.message).startsWith(`"${field}" in adapter_config.json must be `),
        english(error.message),
      );
      assert.equal(error.file, '/c.json');
    });
  }

  it('refuses names that no module and no model has, with the bound', () => {
    const [longest, longer] = ['x'.repeat(4096), 'x'.repeat(4097)];
    assert.equal(read(JSON.stringify({ base_model_name_or_path: longest })).alignedHint, longest);
    for (const [field, value] of [
      ['base_model_name_or_path', longer],
      ['modules_to_save', [longer]],
      ['target_modules', ['q_proj', longer]],
    ] as const) {
      const error = thrownData(() => read(JSON.stringify({ [field]: value })), 'bad-config');
      assert.ok(english(error.message).startsWith(`"${field}`), english(error.message));
      assert.match(
        english(error.message),
        / in adapter_config.json must be a string of at most 4096 characters/,
      );
      assert.ok(english(error.message).length < 400);
      assert.deepEqual([error.file, error.advice === undefined], ['/c.json', false]);
    }
  });
});
