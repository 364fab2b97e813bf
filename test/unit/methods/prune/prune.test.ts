import assert from 'node:assert/strict';
import fc from 'fast-check';
import { planPrune, type PruneOptions } from '../../../../src/methods/prune/plan';
import type { RepairPlan } from '../../../../src/methods/types';
import type { TensorFate } from '../../../../src/core/safetensors/writePlan';
import { adapterOf, mlxPair, PAIRS, peftPair, Q, V } from '../../../support/adapterFixture';
import { thrownData } from '../../../support/rejection';
import type { TestTensor } from '../../../support/safetensorsBytes';
import { english } from '../../../support/english';

const name = (module: string, part: string): string => `base_model.model.${module}.${part}`;

function plan(
  tensors: readonly TestTensor[],
  modules: readonly string[],
  more: Partial<PruneOptions> & { readonly config?: object } = {},
): RepairPlan & { readonly fate: (tensor: string) => TensorFate; readonly removed: readonly string[] } {
  const { config = { r: 2 }, mode = 'remove', bakeScale = false } = more;
  const adapter = adapterOf(tensors, config);
  const made = planPrune({ adapter, modules, results: {} }, { mode, bakeScale });
  return { ...made, removed: made.changed, fate: (tensor) => made.tensors.get(tensor) ?? 'copy' };
}

const ALL_PARTS: readonly TestTensor[] = [
  ...PAIRS,
  { name: name(Q, 'lora_B.bias'), shape: [6] },
  { name: name(Q, 'base_layer.bias'), shape: [6] },
  { name: 'base_model.model.lm_head.weight', shape: [3, 4] },
];

describe('prune', () => {
  it('remove drops all tensors of a module, narrows the config and copies the rest', () => {
    const { fate, configText, removed, kept, notes } = plan(ALL_PARTS, [Q]);
    const dropped = ALL_PARTS.map((tensor) => tensor.name).filter((tensor) => fate(tensor) === 'drop');
    assert.deepEqual(
      dropped,
      ['lora_A.weight', 'lora_B.weight', 'lora_B.bias', 'base_layer.bias'].map((part) => name(Q, part)),
    );
    assert.equal(fate('base_model.model.lm_head.weight'), 'copy');
    assert.deepEqual((JSON.parse(configText ?? '') as { target_modules: string[] }).target_modules, [V]);
    assert.deepEqual(
      [removed, kept],
      [
        [Q, `${Q}.bias`],
        [V, 'lm_head.weight'],
      ],
    );
    assert.match(
      notes.map(english).join(' '),
      /kept, byte for byte: "lm_head.weight".*trained bias of the layer was removed with/,
    );
  });

  it('leaves a whole weight out when it is named, and then only that', () => {
    const config = { r: 2, target_modules: ['q_proj'], modules_to_save: ['lm_head', 'norm'] };
    const { fate, configText, removed, kept, notes } = plan(ALL_PARTS, ['lm_head.weight'], { config });
    const dropped = ALL_PARTS.map((tensor) => tensor.name).filter((tensor) => fate(tensor) !== 'copy');
    assert.deepEqual(dropped, ['base_model.model.lm_head.weight']);
    assert.deepEqual(JSON.parse(configText ?? ''), { ...config, modules_to_save: ['norm'] });
    assert.deepEqual([removed, kept], [['lm_head.weight'], [Q, V, `${Q}.bias`]]);
    assert.match(notes.map(english).join(' '), /kept, byte for byte: ".*q_proj.bias"/);
    thrownData(
      () => plan(ALL_PARTS, ['lm_head.weight'], { mode: 'zero' }),
      'bad-request',
      /"lm_head.weight" is a whole weight/,
    );
  });

  it('zero zeroes B and its bias, and changes nothing else', () => {
    const { fate, configText, notes } = plan(ALL_PARTS, [Q], { mode: 'zero' });
    const zeroed = ALL_PARTS.map((tensor) => tensor.name).filter((tensor) => fate(tensor) === 'zero');
    assert.deepEqual(zeroed, [name(Q, 'lora_B.weight'), name(Q, 'lora_B.bias')]);
    assert.ok(ALL_PARTS.every((tensor) => fate(tensor.name) !== 'drop'));
    assert.equal(configText, '{"r":2}');
    assert.match(notes.map(english).join(' '), /trained bias of the layer was kept/);
  });

  it('zero zeroes MLX lora_b and lora_embedding_B', () => {
    const mlx = plan([...mlxPair('q'), ...mlxPair('v')], ['q'], {
      mode: 'zero',
      config: { lora_parameters: { rank: 2, scale: 1 } },
    });
    assert.deepEqual(['q.lora_a', 'q.lora_b', 'v.lora_b'].map(mlx.fate), ['copy', 'zero', 'copy']);
    const embedding = [
      ...peftPair(Q),
      { name: 'base_model.model.e.lora_embedding_A', shape: [2, 9] },
      { name: 'base_model.model.e.lora_embedding_B', shape: [4, 2] },
    ];
    const { fate } = plan(embedding, ['e'], { mode: 'zero' });
    assert.deepEqual(
      [fate('base_model.model.e.lora_embedding_A'), fate('base_model.model.e.lora_embedding_B')],
      ['copy', 'zero'],
    );
  });

  it('drops A, B and magnitude of DoRA together, and refuses to zero it', () => {
    const dora = [...peftPair(Q), { name: name(Q, 'lora_magnitude_vector'), shape: [6] }, ...peftPair(V)];
    assert.equal(plan(dora, [Q]).fate(name(Q, 'lora_magnitude_vector')), 'drop');
    const error = thrownData(
      () => plan(dora, [Q], { mode: 'zero' }),
      'bad-request',
      /DoRA, whose magnitude still acts when B is zero/,
    );
    assert.equal(english(error.advice), 'Use mode "remove".');
    plan(dora, [V], { mode: 'zero' });
    thrownData(() => plan(PAIRS, [V], { mode: 'zero', config: { r: 2, use_dora: true } }), 'bad-request');
  });

  it('refuses to zero what changes the base when it is loaded', () => {
    const config = { r: 2, init_lora_weights: 'pissa' };
    thrownData(() => plan(PAIRS, [V], { mode: 'zero', config }), 'bad-request', /pissa/);
    plan(PAIRS, [V], { config });
    plan(PAIRS, [V], {
      mode: 'zero',
      config: { r: 2, layer_replication: [[0, 1]] },
    });
  });

  it('refuses nothing, everything and unknown names', () => {
    thrownData(() => plan(PAIRS, []), 'bad-request', /No module was chosen/);
    thrownData(() => plan(PAIRS, [V, Q]), 'bad-request', /All 2 modules/);
    thrownData(() => plan(PAIRS, [V, Q], { mode: 'zero' }), 'bad-request');
    const error = thrownData(
      () => plan(PAIRS, [Q, 'layers.0.self_attn.v_proj']),
      'bad-request',
      /no module "layers\.0\.self_attn\.v_proj"/,
    );
    assert.match(english(error.advice), /Did you mean "model\.layers\.0\.self_attn\.v_proj"/);
  });

  it('takes a name given twice once', () => {
    assert.deepEqual(plan(PAIRS, [V, V]).removed, [V]);
  });

  it('says when there is no config to narrow', () => {
    const adapter = adapterOf(PAIRS);
    const { notes, configText } = planPrune(
      { adapter, modules: [V], results: {} },
      { mode: 'remove', bakeScale: false },
    );
    assert.equal(configText, undefined);
    assert.match(notes.map(english).join(' '), /no adapter_config\.json to narrow/);
  });

  it('says when a kept name is the end of a removed one', () => {
    const { notes } = plan(
      [...peftPair('layers.0.q'), ...peftPair('vision.layers.0.q')],
      ['vision.layers.0.q'],
    );
    assert.match(notes.map(english).join(' '), /still creates "vision\.layers\.0\.q"/);
    assert.deepEqual(
      plan([...peftPair('layers.0.q'), ...peftPair('vision.layers.0.q')], ['layers.0.q']).notes,
      [],
    );
  });

  it('keeps and removes disjoint sets that make up the adapter, for any choice', () => {
    const names = Array.from({ length: 12 }, (_, i) => `model.layers.${i}.q_proj`);
    const tensors = names.flatMap((module) => peftPair(module));
    fc.assert(
      fc.property(fc.shuffledSubarray(names, { minLength: 1, maxLength: 11 }), (modules) => {
        const { removed, kept, fate } = plan(tensors, modules);
        assert.deepEqual([...removed].sort(), [...modules].sort());
        assert.deepEqual([...removed, ...kept].sort(), [...names].sort());
        for (const tensor of tensors) {
          const gone = modules.some((module) => tensor.name.startsWith(`base_model.model.${module}.`));
          assert.equal(fate(tensor.name), gone ? 'drop' : 'copy');
        }
      }),
    );
  });
});
