import assert from 'node:assert/strict';
import type { Loader, LoadVerdict } from '../../../../src/core/check/types';
import { checkLoad } from '../../../../src/core/check/checkLoad';
import { namedFor } from '../../../../src/core/check/names';
import type { Checkpoint } from '../../../../src/core/checkpoint/types';
import { adapterOf, peftPair } from '../../../support/adapterFixture';
import { checkpointOf } from '../../../support/checkpointOf';

const ENDS = ['self_attn.q_proj', 'self_attn.v_proj'];

const model = (architecture: string, prefix: string, rest: Partial<Checkpoint> = {}): Checkpoint =>
  checkpointOf(Object.fromEntries(ENDS.map((end) => [`${prefix}.layers.0.${end}.weight`, [6, 4]])), {
    architectures: [architecture],
    ...rest,
  });

/** Of an adapter whose modules are called `prefix.layers.0…`. */
function verdicts(
  on: Checkpoint,
  prefix: string,
  targets: readonly string[] = ['q_proj', 'v_proj'],
): Readonly<Partial<Record<Loader, LoadVerdict>>> {
  const tensors = ENDS.flatMap((end) => peftPair(`${prefix}.layers.0.${end}`));
  const adapter = adapterOf(tensors, { peft_type: 'LORA', r: 2, lora_alpha: 4, target_modules: targets });
  const checks = checkLoad({ adapter, model: on }, ['peft', 'transformers', 'vllm']);
  return Object.fromEntries(checks.map(({ loader, verdict }) => [loader, verdict]));
}

// What PEFT 0.21.2 and transformers 5.19.0 did with small models of these classes (2026-11-30).
describe('names of modules in classes', () => {
  const gemma = model('Gemma3ForConditionalGeneration', 'language_model.model');
  const qwen = model('Qwen2_5_VLForConditionalGeneration', 'model');
  const current = 'model.language_model';

  it('are those of the class, not of the file', () => {
    for (const on of [gemma, qwen])
      assert.deepEqual(verdicts(on, current), { peft: 'same', transformers: 'same', vllm: 'same' });
  });

  it('of older adapters are renamed by load_adapter, and by PEFT for some classes', () => {
    const old = verdicts(gemma, 'language_model.model');
    assert.deepEqual(old, { peft: 'same', transformers: 'same', vllm: 'same' });
    assert.deepEqual(verdicts(qwen, 'model'), { peft: 'nothing', transformers: 'same', vllm: 'same' });
  });

  it('in target_modules are those of the class alone', () => {
    const targets = ENDS.map((end) => `language_model.model.layers.0.${end}`);
    const { peft, transformers } = verdicts(gemma, 'language_model.model', targets);
    assert.deepEqual([peft, transformers], ['refused', 'refused']);
  });

  it('of a text model are not those of its vision-language class', () => {
    const llama = model('LlamaForCausalLM', 'model');
    for (const [on, prefix] of [
      [llama, current],
      [gemma, 'model'],
    ] as const)
      assert.deepEqual(verdicts(on, prefix), { peft: 'nothing', transformers: 'nothing', vllm: 'nothing' });
  });

  it('have the prefix of the backbone that files omit', () => {
    const shapes = { 'h.0.attn.c_attn.weight': [4, 6] };
    const gpt2 = checkpointOf(shapes, { modelType: 'gpt2' });
    const { model: named, rename } = namedFor('transformers', gpt2);
    assert.deepEqual([...named.tensors.keys()], ['transformer.h.0.attn.c_attn.weight']);
    assert.equal(rename('h.0.attn.c_attn'), 'transformer.h.0.attn.c_attn');
    assert.equal(rename('transformer.h.0.attn.c_attn'), 'transformer.h.0.attn.c_attn');
    assert.equal(namedFor('peft', gpt2).rename('h.0.attn.c_attn'), 'h.0.attn.c_attn');
  });

  it('keep the numbers of layers, and those of single experts', () => {
    const mixtral = checkpointOf({}, { architectures: ['MixtralForCausalLM'] });
    const { rename } = namedFor('peft', mixtral);
    assert.equal(rename('model.layers.12.block_sparse_moe.gate'), 'model.layers.12.mlp.gate');
    const expert = 'model.layers.1.block_sparse_moe.experts.3.w1';
    assert.equal(rename(expert), expert);
  });

  it('of unknown classes are those of the file', () => {
    const unknown = model('OtherForCausalLM', 'model');
    assert.equal(namedFor('vllm', unknown).model, unknown);
    assert.equal(namedFor('peft', unknown).model, unknown);
  });
});
