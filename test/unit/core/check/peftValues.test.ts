import assert from 'node:assert/strict';
import { adapterOf, peftPair } from '../../../support/adapterFixture';
import { checkOne } from '../../../support/checkOne';

const refused = (config: Record<string, unknown>): (string | undefined)[] => {
  const configText = JSON.stringify({ peft_type: 'LORA', r: 2, target_modules: ['q'], ...config });
  return checkOne('peft', { adapter: adapterOf(peftPair('a.q'), configText), configText }).findings.flatMap(
    ({ field, severity }) => (severity === 'error' ? [field] : []),
  );
};

describe('rules of PEFT for values', () => {
  it('takes what PEFT takes', () => {
    assert.deepEqual(refused({}), []);
    assert.deepEqual(
      refused({
        task_type: 'CAUSAL_LM',
        target_modules: '.*q_proj',
        layers_to_transform: null,
        layers_pattern: null,
        lora_bias: true,
        init_lora_weights: true,
        use_dora: false,
      }),
      [],
    );
    assert.deepEqual(refused({ target_modules: ['q'], layers_to_transform: [0], layers_pattern: 'h' }), []);
    assert.deepEqual(refused({ target_modules: ['q'], layers_pattern: [] }), []);
    assert.deepEqual(refused({ init_lora_weights: 'loftq', loftq_config: { loftq_bits: 4 } }), []);
  });

  it('names each field of which LoraConfig raises an error', () => {
    assert.deepEqual(refused({ task_type: 'causal_lm' }), ['task_type']);
    assert.deepEqual(refused({ target_modules: 'q', layers_to_transform: [], layers_pattern: [] }), [
      'layers_to_transform',
      'layers_pattern',
    ]);
    assert.deepEqual(refused({ target_modules: ['q'], layers_pattern: 'h' }), ['layers_pattern']);
    assert.deepEqual(refused({ lora_bias: true, use_dora: true }), ['lora_bias']);
    assert.deepEqual(refused({ lora_bias: true, init_lora_weights: 'gaussian' }), ['lora_bias']);
    assert.deepEqual(refused({ use_dora: true, megatron_config: { x: 1 } }), ['megatron_config']);
    assert.deepEqual(refused({ init_lora_weights: 'loftq', loftq_config: {} }), ['loftq_config']);
  });
});
