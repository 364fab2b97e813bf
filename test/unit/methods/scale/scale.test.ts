import assert from 'node:assert/strict';
import { planScale } from '../../../../src/methods/scale/plan';
import type { RepairPlan } from '../../../../src/methods/types';
import { adapterOf, PAIRS, Q, V } from '../../../support/adapterFixture';
import { english } from '../../../support/english';
import { thrownData } from '../../../support/rejection';
import { f32, type TestTensor } from '../../../support/safetensorsBytes';

const name = (part: string): string => `base_model.model.${Q}.${part}`;

const TENSORS: readonly TestTensor[] = [
  ...PAIRS,
  { name: name('lora_B.bias'), shape: [6] },
  { name: 'base_model.model.lm_head.weight', shape: [3, 4] },
];

function plan(factor: number, tensors = TENSORS, config: object = { r: 2 }): RepairPlan {
  return planScale({ adapter: adapterOf(tensors, config), modules: [], results: {} }, { factor });
}

/** What becomes of these values in a tensor. */
function scaledValues({ tensors }: RepairPlan, tensor: string, ...values: readonly number[]): number[] {
  const fate = tensors.get(tensor);
  assert.ok(typeof fate === 'object');
  const bytes = fate.transform(f32(...values));
  return [...new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)];
}

describe('scale', () => {
  it('scales B and its bias; A, whole weights and the config stay', () => {
    const made = plan(0.5);
    assert.deepEqual([...made.tensors.keys()].sort(), [
      name('lora_B.bias'),
      name('lora_B.weight'),
      `base_model.model.${V}.lora_B.weight`,
    ]);
    assert.deepEqual(scaledValues(made, name('lora_B.weight'), 1, -3, 0.1), [0.5, -1.5, Math.fround(0.05)]);
    assert.deepEqual(scaledValues(made, name('lora_B.bias'), 8), [4]);
    assert.equal(made.configText, undefined);
    assert.deepEqual([made.changed, made.kept], [[Q, V], ['lm_head.weight']]);
    assert.equal(english(made.effect), 'scaled by 0.5');
  });

  it('changes nothing by 1, and leaves no update by 0', () => {
    const values = [1, 3, 0.1].map(Math.fround);
    assert.deepEqual(scaledValues(plan(1), name('lora_B.weight'), ...values), values);
    assert.deepEqual(scaledValues(plan(0), name('lora_B.weight'), ...values), [0, 0, 0]);
  });

  it('refuses DoRA, whose update is not linear in B', () => {
    const dora = [...PAIRS, { name: name('lora_magnitude_vector'), shape: [6] }];
    thrownData(() => plan(0.5, dora), 'bad-request', /DoRA/);
    thrownData(() => plan(0.5, PAIRS, { r: 2, use_dora: true }), 'bad-request', /DoRA/);
  });

  it('refuses a dtype that cannot be scaled', () => {
    const coarse = PAIRS.map((tensor) => ({ ...tensor, dtype: 'F8_E4M3' as const }));
    thrownData(() => plan(0.5, coarse), 'bad-request', /F8_E4M3, which cannot be scaled/);
  });
});
