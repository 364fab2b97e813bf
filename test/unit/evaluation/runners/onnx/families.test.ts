import assert from 'node:assert/strict';
import { readDecoder } from '../../../../../src/evaluation/runners/onnx/families';
import { ConfigReader } from '../../../../../src/evaluation/runners/onnx/families/config';
import { ropeTables } from '../../../../../src/evaluation/runners/onnx/families/rope';
import type { Decoder } from '../../../../../src/evaluation/runners/onnx/decoder';
import { thrownData } from '../../../../support/rejection';
import { LLAMA } from './configs';

const read = (fields: Readonly<Record<string, unknown>>, hasHead = true): Decoder =>
  readDecoder(new ConfigReader('/model/config.json', { ...LLAMA, ...fields }), hasHead);

describe('families of models', () => {
  it('declines a model that it does not know by its name, and says what to do', () => {
    for (const type of ['mixtral', 'mamba2', 'deepseek_v3', '']) {
      const error = thrownData(
        () => read({ model_type: type }),
        'unsupported-checkpoint',
        /does not support models/,
      );
      assert.ok(error.message.values?.some((value) => typeof value === 'string' && value.includes(type)));
      assert.match(error.advice?.text ?? '', /endpoint/);
    }
  });

  it('declines what a known family does not say', () => {
    thrownData(() => read({ hidden_act: 'xielu' }), 'unsupported-checkpoint', /activation/);
    thrownData(() => read({ rope_scaling: { rope_type: 'newrope' } }), 'unsupported-checkpoint', /newrope/);
    const types = ['chunked_attention', 'full_attention'];
    thrownData(() => read({ model_type: 'gemma2', layer_types: types }), 'unsupported-checkpoint', /chunked/);
  });

  it('bounds every number of config.json', () => {
    for (const [field, value] of [
      ['hidden_size', -1],
      ['num_hidden_layers', 1e9],
      ['num_attention_heads', 1.5],
      ['vocab_size', '100'],
      ['rms_norm_eps', 0],
      ['num_key_value_heads', 3],
      ['rope_theta', Infinity],
      ['rope_scaling', []],
      ['partial_rotary_factor', 7],
    ] as const)
      thrownData(() => read({ [field]: value }), 'bad-config');
  });

  it('reads the fields of transformers 4 and 5 alike', () => {
    const scaling = { rope_type: 'linear', factor: 4 };
    const old = read({ rope_theta: 500, rope_scaling: scaling });
    const current = read({ rope_parameters: { ...scaling, rope_theta: 500 } });
    assert.deepEqual(old, current);
    assert.deepEqual(read({ rope_scaling: { type: 'linear', factor: 4 }, rope_theta: 500 }), current);
  });

  it('ties the head where the config says so, or where there is no other', () => {
    assert.equal(read({}).head.name, 'lm_head');
    assert.equal(read({}, false).head.name, 'embed_tokens');
    assert.equal(read({ tie_word_embeddings: true }).head.name, 'embed_tokens');
  });

  it('rotates by the position times the frequency', () => {
    const rope = read({}).ropes.get('rope');
    assert.ok(rope);
    const { cosines, sines } = ropeTables(rope, 3);
    assert.deepEqual([cosines[0], sines[0]], [1, 0]);
    // The first pair turns by one radian for each position.
    const width = rope.frequencies.length;
    assert.ok(Math.abs((cosines[2 * width] ?? 0) - Math.cos(2)) < 1e-6);
    assert.ok(Math.abs((sines[2 * width] ?? 0) - Math.sin(2)) < 1e-6);
  });

  it('takes longrope only up to the length before it was stretched', () => {
    const factors = Array.from({ length: 8 }, () => 2);
    const scaling = { type: 'longrope', short_factor: factors, long_factor: factors };
    const fields = { model_type: 'phi3', original_max_position_embeddings: 64, rope_scaling: scaling };
    assert.equal(read(fields).context, 64);
  });
});
