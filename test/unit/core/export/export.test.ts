import assert from 'node:assert/strict';
import { planExport } from '../../../../src/core/export';
import { EXPORT_TARGETS } from '../../../../src/core/export/targets';
import type { ExportPlan } from '../../../../src/core/export/types';
import { adapterOf, mlxPair, peftPair, Q, V } from '../../../support/adapterFixture';
import { english } from '../../../support/english';
import { thrownData } from '../../../support/rejection';

const PEFT = { peft_type: 'LORA', r: 2, lora_alpha: 4, target_modules: ['q_proj', 'v_proj'] };
const MLX = { num_layers: -1, lora_parameters: { rank: 2, scale: 2, dropout: 0, keys: [Q] } };

const configOf = ({ configText = '{}' }: ExportPlan) => JSON.parse(configText) as Record<string, unknown>;
const namesOf = ({ weights }: ExportPlan) => weights.segments.map(({ name }) => name);

describe('an adapter for a loader', () => {
  it('is copied byte for byte where its own loader takes it as it is', () => {
    const adapter = adapterOf(peftPair(Q), { ...PEFT, target_modules: [Q], use_rslora: true });
    const plan = planExport('peft', { adapter });
    assert.equal(plan.configText, adapter.configText);
    assert.ok(plan.weights.segments.every(({ kind }) => kind === 'copy'));
  });

  it('gets one rank and one scale for vLLM, without rsLoRA and patterns', () => {
    const adapter = adapterOf([...peftPair(Q), ...peftPair(V, 6, 4, 1)], {
      ...PEFT,
      rank_pattern: { v_proj: 1 },
      alpha_pattern: { v_proj: 3 },
    });
    const plan = planExport('vllm', { adapter });
    const { r, lora_alpha, use_rslora, rank_pattern, alpha_pattern, target_modules } = configOf(plan);
    assert.deepEqual(
      { r, lora_alpha, use_rslora, rank_pattern, alpha_pattern, target_modules },
      { r: 2, lora_alpha: 4, use_rslora: false, rank_pattern: {}, alpha_pattern: {}, target_modules: [Q, V] },
    );
    const notes = plan.notes.map((note) => english(note));
    assert.deepEqual(notes, [
      `The scale was baked into lora_B of "${V}".`,
      `The rank of "${V}" was padded to 2.`,
    ]);
    // Kept as it is: its scale is the common one.
    assert.deepEqual(
      plan.weights.segments.filter(({ kind }) => kind === 'copy').map(({ name }) => name.includes('q_proj')),
      [true, true],
    );
  });

  it('keeps a scale that is no whole alpha', () => {
    const adapter = adapterOf(peftPair(Q), { ...PEFT, target_modules: [Q], use_rslora: true });
    const plan = planExport('vllm', { adapter });
    assert.equal(Number(configOf(plan)['lora_alpha']) / 2, 4 / Math.sqrt(2));
    assert.ok(plan.weights.segments.every(({ kind }) => kind === 'copy'));
  });

  it('goes from mlx-lm to PEFT, with its names and orientation', () => {
    const plan = planExport('peft', { adapter: adapterOf(mlxPair(Q), MLX) });
    const stem = `base_model.model.${Q}`;
    assert.deepEqual(namesOf(plan), [`${stem}.lora_A.weight`, `${stem}.lora_B.weight`]);
    assert.deepEqual([configOf(plan)['r'], configOf(plan)['lora_alpha']], [2, 4]);
  });

  it('has no modules that its own loader leaves out, and says so', () => {
    const adapter = adapterOf([...peftPair(Q), ...peftPair(V)], { ...PEFT, target_modules: ['q_proj'] });
    const plan = planExport('mlx', { adapter });
    assert.deepEqual(namesOf(plan), [`${Q}.lora_a`, `${Q}.lora_b`]);
    assert.match(english(plan.notes[0]), /^PEFT does not apply ".*v_proj", so they were left out\.$/);
  });

  it('says which flag vLLM needs for its rank', () => {
    const adapter = adapterOf(peftPair(Q, 64, 64, 24), { ...PEFT, r: 24, target_modules: [Q] });
    assert.match(english(planExport('vllm', { adapter }).notes[0]), /--max-lora-rank 32/);
    const large = adapterOf(peftPair(Q, 600, 600, 520), { ...PEFT, r: 520, target_modules: [Q] });
    thrownData(
      () => planExport('vllm', { adapter: large }),
      'unsupported-adapter',
      /not have the same effect/,
    );
  });

  for (const target of EXPORT_TARGETS.filter((one) => one !== 'peft'))
    it(`is refused for ${target} with what it has no place for`, () => {
      const model = { path: '/model', tensors: new Map(), tiedEmbeddings: false };
      const input = { model: { ...model, architectures: ['LlamaForCausalLM'], heads: 1 } };
      const dora = { name: `base_model.model.${Q}.lora_magnitude_vector`, shape: [6] };
      const config = { ...PEFT, target_modules: [Q], use_dora: true };
      const withDora = { ...input, adapter: adapterOf([...peftPair(Q), dora], config) };
      thrownData(() => planExport(target, withDora), 'unsupported-adapter', /DoRA/);
      const head = { name: 'base_model.model.lm_head.weight', shape: [8, 4] };
      const saved = { ...PEFT, target_modules: [Q], modules_to_save: ['lm_head'] };
      const withHead = { ...input, adapter: adapterOf([...peftPair(Q), head], saved) };
      thrownData(() => planExport(target, withHead), 'unsupported-adapter', /is no factor of a LoRA pair/);
    });

  it('is refused without a config: its scales would be guesses', () => {
    const adapter = adapterOf(peftPair(Q));
    thrownData(() => planExport('vllm', { adapter }), 'bad-request', /no adapter_config\.json/);
  });
});
