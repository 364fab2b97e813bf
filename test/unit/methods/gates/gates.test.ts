import assert from 'node:assert/strict';
import type { ModuleGates } from '../../../../src/core/results/fit/types';
import { planGates } from '../../../../src/methods/gates/plan';
import type { RepairPlan } from '../../../../src/methods/types';
import { adapterOf, PAIRS, peftPair, Q, V } from '../../../support/adapterFixture';
import { english } from '../../../support/english';
import { fitOf } from '../../../support/fitDocument';
import { thrownData } from '../../../support/rejection';
import { f32, type TestTensor } from '../../../support/safetensorsBytes';

const K = 'model.layers.0.self_attn.k_proj';
const TENSORS = [...PAIRS, ...peftPair(K)];
const CONFIG = { r: 2, lora_alpha: 4, target_modules: ['q_proj', 'v_proj', 'k_proj'] };

function plan(
  gates: readonly ModuleGates[],
  tensors: readonly TestTensor[] = TENSORS,
  fields: Parameters<typeof fitOf>[1] = {},
): RepairPlan {
  const adapter = adapterOf(tensors, CONFIG);
  return planGates({ adapter, modules: [], results: { fit: fitOf(gates, fields) } });
}

const gatesOf = (q: number, v: number, k: number): readonly ModuleGates[] => [
  { module: Q, on: q },
  { module: V, on: v },
  { module: K, on: k },
];

describe('gates', () => {
  it('scales B, removes modules with small gates, and leaves those with a gate of 1', () => {
    const { tensors, changed, kept, configText = '', record, effect } = plan(gatesOf(0.25, 0.04, 1));
    const fate = tensors.get(`base_model.model.${Q}.lora_B.weight`);
    assert.ok(typeof fate === 'object');
    assert.deepEqual(fate.transform(f32(4, -8)), f32(1, -2));
    assert.equal(tensors.get(`base_model.model.${V}.lora_A.weight`), 'drop');
    assert.deepEqual([...tensors.keys()].length, 3);
    assert.deepEqual([[...changed].sort(), [...kept]], [[Q, V], [K]]);
    assert.deepEqual((JSON.parse(configText) as { target_modules: string[] }).target_modules.sort(), [K, Q]);
    assert.deepEqual(record['gates'], { [Q]: 0.25, [V]: 0, [K]: 1 });
    assert.equal(english(effect), 'scaled by their gates');
  });

  it('keeps the config where no module goes', () => {
    assert.equal(plan(gatesOf(0.5, 0.5, 1)).configText, undefined);
  });

  it('refuses gates that are all 1, and those that are all 0', () => {
    thrownData(() => plan(gatesOf(1, 1, 1)), 'bad-request', /nothing to repair/);
    const { advice } = thrownData(() => plan(gatesOf(0, 0.01, 0)), 'bad-request', /only the model without/);
    assert.match(english(advice ?? { text: '' }), /nothing but harm/);
  });

  it('refuses gates of other modules, split gates, and none', () => {
    thrownData(() => plan(gatesOf(0.5, 1, 1).slice(1)), 'bad-request', /other modules: .*q_proj/);
    const split = gatesOf(0.5, 1, 1).map((one) => ({ ...one, off: 1 }));
    thrownData(() => plan(split), 'bad-request', /split gates/);
    const input = { adapter: adapterOf(TENSORS, CONFIG), modules: [], results: {} };
    thrownData(() => planGates(input), 'bad-request', /needs fitted gates/);
  });

  it('refuses DoRA, and says when the target was missed', () => {
    const dora = [...TENSORS, { name: `base_model.model.${Q}.lora_magnitude_vector`, shape: [6] }];
    thrownData(() => plan(gatesOf(0.5, 1, 1), dora), 'bad-request', /DoRA/);
    const { notes } = plan(gatesOf(0.5, 1, 1), TENSORS, { meets: false });
    assert.match(english(notes[0] ?? { text: '' }), /miss the target/);
  });
});
