import assert from 'node:assert/strict';
import { render } from '../../../../src/core/message';
import { planPrune } from '../../../../src/methods/prune/plan';
import type { RepairPlan } from '../../../../src/methods/types';
import { adapterOf, peftPair, Q } from '../../../support/adapterFixture';

const EXPERTS = [0, 1].flatMap((layer) =>
  [0, 1].flatMap((expert) =>
    ['gate_proj', 'up_proj', 'down_proj'].map(
      (matrix) => `model.layers.${layer}.mlp.experts.${expert}.${matrix}`,
    ),
  ),
);
const OF_LAYER_1 = EXPERTS.filter((name) => name.includes('layers.1.'));
const ONE = 'model.layers.1.mlp.experts.1.up_proj';

function plan(modules: readonly string[], config: object = {}, bakeScale = false): RepairPlan {
  const adapter = adapterOf([...peftPair(Q), ...EXPERTS.flatMap((name) => peftPair(name))], {
    ...{ peft_type: 'LORA', r: 2, lora_alpha: 4, target_modules: ['q_proj'] },
    ...config,
  });
  return planPrune({ adapter, modules, results: {} }, { mode: 'remove', bakeScale });
}

const factor = (module: string, letter: 'A' | 'B'): string =>
  `base_model.model.${module}.lora_${letter}.weight`;
const targets = ({ configText = '' }: RepairPlan): readonly string[] =>
  (JSON.parse(configText) as { target_modules: string[] }).target_modules;

describe('experts that are pruned', () => {
  it('become zero if others of their layer stay, and the note and metadata name them', () => {
    const made = plan([ONE, Q]);
    assert.equal(made.tensors.get(factor(ONE, 'B')), 'zero');
    assert.equal(made.tensors.get(factor(ONE, 'A')), undefined);
    assert.equal(made.tensors.get(factor(Q, 'A')), 'drop');
    assert.ok(targets(made).includes(ONE) && !targets(made).includes(Q));
    assert.deepEqual(made.changed, [Q, ONE]);
    assert.deepEqual(made.record['zeroed'], [ONE]);
    assert.match(
      made.notes.map((note) => render(note)).join(' '),
      /Filled with zeros instead of left out.*experts\.1\.up_proj/,
    );
  });

  it('are left out with all others of their layer', () => {
    const made = plan(OF_LAYER_1);
    for (const name of OF_LAYER_1) assert.equal(made.tensors.get(factor(name, 'B')), 'drop');
    assert.deepEqual(
      targets(made).filter((name) => OF_LAYER_1.includes(name)),
      [],
    );
    assert.equal(made.record['zeroed'], undefined);
  });

  it('stay as zeros where PEFT would create random ones', () => {
    assert.equal(plan(OF_LAYER_1, { init_lora_weights: false }).tensors.get(factor(ONE, 'B')), 'zero');
    assert.equal(plan(EXPERTS, { init_lora_weights: false }).tensors.get(factor(ONE, 'B')), 'drop');
  });

  it('leave the config alone and are called zeroed if nothing else goes', () => {
    const made = plan([ONE]);
    assert.deepEqual(targets(made), ['q_proj']);
    assert.equal(render(made.effect), 'zeroed');
  });

  it('are zeros of the baked rank', () => {
    const fate = plan([ONE], { alpha_pattern: { up_proj: 8 } }, true).tensors.get(factor(ONE, 'B'));
    assert.ok(typeof fate === 'object');
    assert.deepEqual(fate.transform(new Uint8Array(48).fill(1)), new Uint8Array(48));
  });
});
