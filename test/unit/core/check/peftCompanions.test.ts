import assert from 'node:assert/strict';
import { english } from '../../../support/english';
import { adapterOf, peftPair } from '../../../support/adapterFixture';
import { checkOne } from '../../../support/checkOne';

const Q = 'model.layers.0.self_attn.q_proj';
const V = 'model.layers.0.self_attn.v_proj';
const magnitude = (module: string, length = 6): { name: string; shape: number[] } => ({
  name: `base_model.model.${module}.lora_magnitude_vector`,
  shape: [length],
});
const bias = (module: string, length = 6): { name: string; shape: number[] } => ({
  name: `base_model.model.${module}.lora_B.bias`,
  shape: [length],
});

function findings(config: object, ...beside: { name: string; shape: number[] }[]): string[] {
  const configText = JSON.stringify({
    peft_type: 'LORA',
    r: 2,
    target_modules: ['q_proj', 'v_proj'],
    ...config,
  });
  const adapter = adapterOf([...peftPair(Q), ...peftPair(V), ...beside], configText);
  return checkOne('peft', { adapter, configText }).findings.map(
    ({ severity, field, message }) => `${severity} ${field ?? ''}: ${english(message)}`,
  );
}

describe('rules of PEFT for magnitudes and biases', () => {
  it('says nothing of adapters that have none, or all of them', () => {
    assert.deepEqual(findings({}), []);
    assert.deepEqual(findings({ use_dora: true }, magnitude(Q), magnitude(V)), []);
    assert.deepEqual(findings({ lora_bias: true }, bias(Q), bias(V)), []);
  });

  it('finds lengths that are not those of the rows', () => {
    assert.match(
      findings({ use_dora: true }, magnitude(Q, 7), magnitude(V)).join(),
      /^error : .*q_proj.*size mismatch/,
    );
    assert.match(
      findings({ lora_bias: true }, bias(Q), bias(V, 9)).join(),
      /^error : .*v_proj.*size mismatch/,
    );
  });

  it('finds those that are missing though the field is set', () => {
    assert.match(
      findings({ use_dora: true }, magnitude(Q)).join(),
      /^silent use_dora: .*no DoRA magnitudes for .*v_proj/,
    );
    assert.match(
      findings({ lora_bias: true }, bias(V)).join(),
      /^silent lora_bias: .*no biases of lora_B for .*q_proj/,
    );
  });

  it('finds those that PEFT drops since the field is not set', () => {
    assert.match(
      findings({}, bias(Q)).join(),
      /^silent lora_bias: .*"lora_bias" is not set: PEFT drops them/,
    );
    assert.match(findings({ use_dora: false }, magnitude(V)).join(), /^silent use_dora: .*PEFT drops them/);
  });

  it('knows embeddings to have no bias', () => {
    const configText = JSON.stringify({ peft_type: 'LORA', r: 2, lora_bias: true, target_modules: ['wte'] });
    const adapter = adapterOf(
      [
        { name: 'base_model.model.wte.lora_embedding_A', shape: [2, 30] },
        { name: 'base_model.model.wte.lora_embedding_B', shape: [4, 2] },
      ],
      configText,
    );
    assert.deepEqual(checkOne('peft', { adapter, configText }).findings, []);
  });
});
