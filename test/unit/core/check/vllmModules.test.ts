import assert from 'node:assert/strict';
import { expectedModules } from '../../../../src/core/check/vllmModules';
import { adapterOf, peftPair } from '../../../support/adapterFixture';
import { checkpointOf, type TensorShapes } from '../../../support/checkpointOf';

const T5 = 'encoder.block.0.layer.0.SelfAttention.q';
const Q = 'model.layers.0.self_attn.q_proj';

function told(names: readonly string[], model?: TensorShapes): string[] {
  const adapter = adapterOf(
    names.flatMap((name) => peftPair(name)),
    { peft_type: 'LORA', r: 2 },
  );
  const { lacking, uncommon } = expectedModules({
    adapter,
    ...(model === undefined ? {} : { model: checkpointOf(model) }),
  });
  return [...lacking.map((name) => `error: ${name}`), ...uncommon.map((name) => `note: ${name}`)];
}

describe('expectedModules', () => {
  it('says nothing of names that common classes have', () => {
    assert.deepEqual(told([Q, 'lm_head', 'transformer.h.0.attn.c_attn', 'h.0.mlp.dense_4h_to_h']), []);
  });

  it('warns of others where no model is given, and where the model has them', () => {
    assert.match(
      told([T5, 'foo.bar.nosuchlayer']).join(),
      /^note: .*SelfAttention\.q,note: foo\.bar\.nosuchlayer/,
    );
    assert.match(told([T5], { [`${T5}.weight`]: [6, 4] }).join(), /^note: .*q$/);
  });

  it('refuses what the model has no layer for', () => {
    const model = { [`${Q}.weight`]: [6, 4], 'model.layers.0.input_layernorm.weight': [4] };
    assert.deepEqual(told([Q], model), []);
    assert.match(told([Q, T5], model).join(), /^error: .*SelfAttention\.q/);
    assert.match(told(['model.layers.0.input_layernorm'], model).join(), /^error/);
    assert.match(told(['h.0.attn.c_attn'], model).join(), /^error/);
  });

  it('leaves out experts and tied heads, and knows quantised layers', () => {
    const model = { 'model.layers.0.self_attn.q_proj.qweight': [6, 4] };
    assert.deepEqual(told([Q, 'lm_head', 'model.layers.0.mlp.experts.3.w9'], model), []);
  });
});
