import assert from 'node:assert/strict';
import fc from 'fast-check';
import { locateWeight } from '../../../../src/core/checkpoint/locate';
import type { Checkpoint } from '../../../../src/core/checkpoint/types';
import { checkpointOf } from '../../../support/checkpointOf';
import { english } from '../../../support/english';

function found(
  checkpoint: Checkpoint,
  name: string,
  shape: readonly [number, number] = [4, 2],
  flag = false,
): [string, boolean] {
  const located = locateWeight(checkpoint, { name, shape }, flag);
  if ('missing' in located) assert.fail(english(located.missing));
  return [located.found.weight.info.name, located.found.transposed];
}

function missing(
  checkpoint: Checkpoint,
  name: string,
  shape: readonly [number, number] = [4, 2],
  flag = false,
): string {
  const located = locateWeight(checkpoint, { name, shape }, flag);
  if ('found' in located) assert.fail(located.found.weight.info.name);
  return english(located.missing);
}

describe('locateWeight: names', () => {
  it('finds the tensor of that very name', () => {
    const model = checkpointOf({ 'model.layers.0.q_proj.weight': [4, 2], 'layers.0.q_proj.weight': [4, 2] });
    assert.deepEqual(found(model, 'model.layers.0.q_proj'), ['model.layers.0.q_proj.weight', false]);
  });

  for (const [adapter, checkpoint] of [
    ['transformer.h.0.attn.c_attn', 'h.0.attn.c_attn'],
    ['h.0.attn.c_attn', 'transformer.h.0.attn.c_attn'],
    ['layers.3.self_attn.q_proj', 'model.layers.3.self_attn.q_proj'],
    ['model.layers.3.self_attn.q_proj', 'model.language_model.layers.3.self_attn.q_proj'],
    ['model.language_model.layers.3.self_attn.q_proj', 'language_model.model.layers.3.self_attn.q_proj'],
    ['language_model.model.layers.3.self_attn.q_proj', 'model.layers.3.self_attn.q_proj'],
    ['gpt_neox.layers.0.attention.dense', 'layers.0.attention.dense'],
    ['encoder.layer.0.attention.self.query', 'bert.encoder.layer.0.attention.self.query'],
    ['model.visual.blocks.0.attn.qkv', 'visual.blocks.0.attn.qkv'],
  ] as const) {
    it(`takes ${checkpoint} for ${adapter}`, () => {
      const model = checkpointOf({ [`${checkpoint}.weight`]: [4, 2] });
      assert.deepEqual(found(model, adapter), [`${checkpoint}.weight`, false]);
    });
  }

  it('never takes the vision tower for the language model', () => {
    const model = checkpointOf({
      'model.vision_tower.layers.0.self_attn.q_proj.weight': [4, 2],
      'vision_model.model.layers.0.self_attn.q_proj.weight': [4, 2],
    });
    assert.match(missing(model, 'model.layers.0.self_attn.q_proj'), /^The checkpoint has no tensor/);
  });

  it('names what was tried', () => {
    const reason = missing(checkpointOf({ 'x.weight': [1, 1] }), 'model.layers.0.q_proj');
    assert.match(
      reason,
      /"model\.layers\.0\.q_proj\.weight" or "layers\.0\.q_proj\.weight", with or without the usual/,
    );
  });

  it('demands a single fitting candidate', () => {
    const names = { 'transformer.h.0.fc.weight': [4, 2], 'model.h.0.fc.weight': [4, 2] };
    assert.match(
      missing(checkpointOf(names), 'h.0.fc'),
      /several tensors of the checkpoint fit, "transformer.*" and "model/,
    );
    const one = checkpointOf({ ...names, 'model.h.0.fc.weight': [8, 2] });
    assert.deepEqual(found(one, 'h.0.fc'), ['transformer.h.0.fc.weight', false]);
  });

  it('refuses a tensor of another shape, also under the very name', () => {
    const model = checkpointOf({ 'model.a.weight': [4, 3], 'a.weight': [4, 2] });
    assert.match(
      missing(model, 'model.a'),
      /The module is \[4, 2\], but the checkpoint has "model\.a\.weight" of shape \[4, 3\]/,
    );
    const swapped = checkpointOf({ 'model.q_proj.weight': [2, 4] }, { modelType: 'llama' });
    assert.match(missing(swapped, 'model.q_proj'), /of shape \[2, 4\]/);
    assert.match(missing(checkpointOf({ 'a.weight': [4] }), 'a', [4, 1]), /of shape \[4\]/);
  });

  it('says where the weights are when they are grouped otherwise', () => {
    const fused = checkpointOf({ 'model.layers.0.self_attn.qkv_proj.weight': [12, 2] });
    assert.match(
      missing(fused, 'model.layers.0.self_attn.q_proj'),
      /It has ".*qkv_proj\.weight", which contains/,
    );
    const split = checkpointOf({ 'model.layers.0.mlp.gate_proj.weight': [4, 2] });
    assert.match(missing(split, 'model.layers.0.mlp.gate_up_proj', [8, 2]), /It has ".*gate_proj\.weight"/);
    const experts = checkpointOf({ 'model.layers.0.mlp.experts.gate_up_proj': [8, 4, 2] });
    assert.match(
      missing(experts, 'model.layers.0.mlp.experts.7.up_proj'),
      /It has ".*experts\.gate_up_proj"/,
    );
  });

  it('is not misled by any name', () => {
    const model = checkpointOf({ 'model.a.weight': [2, 2] });
    for (const name of ['', '.', 'model.', 'model', '__proto__', 'constructor', 'model.'.repeat(200_000)]) {
      assert.match(missing(model, name, [2, 2]), /^The checkpoint has no tensor/);
    }
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        (name) => 'missing' in locateWeight(model, { name, shape: [3, 2] }, false),
      ),
    );
  });
});

describe('locateWeight: tied heads and embeddings', () => {
  const embeddings = { 'model.embed_tokens.weight': [9, 4] } as const;

  it('takes the embedding for a tied head that the checkpoint does not hold', () => {
    assert.deepEqual(found(checkpointOf(embeddings), 'lm_head', [9, 4]), [
      'model.embed_tokens.weight',
      false,
    ]);
    const gpt2 = checkpointOf({ 'wte.weight': [9, 4] }, { modelType: 'gpt2' });
    assert.deepEqual(found(gpt2, 'lm_head', [9, 4], true), ['wte.weight', false]);
  });

  it('takes the head itself where there is one', () => {
    const model = checkpointOf({ ...embeddings, 'lm_head.weight': [9, 4] });
    assert.deepEqual(found(model, 'lm_head', [9, 4]), ['lm_head.weight', false]);
  });

  it('takes no embedding for a head that the config says is not tied', () => {
    assert.match(missing(checkpointOf(embeddings, { tiedEmbeddings: false }), 'lm_head', [9, 4]), /not tied/);
  });

  it('says that vocabularies differ', () => {
    assert.match(missing(checkpointOf(embeddings), 'lm_head', [11, 4]), /the vocabularies differ/);
    assert.match(missing(checkpointOf({ 'a.weight': [1, 1] }), 'lm_head', [9, 4]), /No embedding to tie/);
  });

  it('reads an embedding, V x d, as the transpose of its update, d x V', () => {
    assert.deepEqual(found(checkpointOf(embeddings), 'model.embed_tokens', [4, 9]), [
      'model.embed_tokens.weight',
      true,
    ]);
  });
});

describe('locateWeight: Conv1D', () => {
  const gpt2 = {
    'h.0.attn.c_attn.weight': [4, 12],
    'h.0.attn.c_proj.weight': [4, 4],
    'h.0.mlp.c_fc.weight': [4, 16],
    'h.0.mlp.c_proj.weight': [16, 4],
  } as const;

  it('sees n x m by shape, whether the flag says so or not', () => {
    for (const flag of [true, false]) {
      const model = checkpointOf(gpt2);
      assert.deepEqual(found(model, 'transformer.h.0.attn.c_attn', [12, 4], flag), [
        'h.0.attn.c_attn.weight',
        true,
      ]);
      assert.deepEqual(found(model, 'transformer.h.0.mlp.c_proj', [4, 16], flag), [
        'h.0.mlp.c_proj.weight',
        true,
      ]);
    }
  });

  it('decides a square weight by the layout of the others, whatever the flag says', () => {
    for (const flag of [true, false]) {
      assert.equal(found(checkpointOf(gpt2), 'transformer.h.0.attn.c_proj', [4, 4], flag)[1], true);
      const linear = checkpointOf({ 'h.0.attn.c_attn.weight': [12, 4], 'h.0.attn.c_proj.weight': [4, 4] });
      assert.equal(
        found(linear, 'h.0.attn.c_proj', [4, 4], flag)[1],
        false,
        'gpt_bigcode has these names on Linear',
      );
    }
  });

  it('decides a square weight by the model type or the flag where nothing else shows it', () => {
    const alone = { 'h.0.attn.c_proj.weight': [4, 4] } as const;
    assert.equal(found(checkpointOf(alone), 'h.0.attn.c_proj', [4, 4], true)[1], true);
    assert.equal(found(checkpointOf(alone), 'h.0.attn.c_proj', [4, 4], false)[1], false);
    assert.equal(
      found(checkpointOf(alone, { modelType: 'gpt2' }), 'h.0.attn.c_proj', [4, 4], false)[1],
      true,
    );
  });

  it('does not believe the flag for a model that has no Conv1D', () => {
    const llama = checkpointOf({ 'model.q_proj.weight': [4, 4] }, { modelType: 'llama' });
    assert.equal(found(llama, 'model.q_proj', [4, 4], true)[1], false);
    assert.equal(found(checkpointOf({ 'x.weight': [4, 4] }), 'x', [4, 4], true)[1], true);
  });
});

describe('locateWeight: reasons', () => {
  const many = (count: number, shape: (at: number) => number[]): Checkpoint =>
    checkpointOf(
      Object.fromEntries(
        Array.from({ length: count }, (_, at) => [`${'model.'.repeat(at + 1)}q.weight`, shape(at)]),
      ),
    );

  it('name a few of many tensors', () => {
    const fitting = missing(
      many(9, () => [4, 2]),
      'q',
    );
    assert.match(fitting, /"model\.q\.weight" and .* and 6 more\.$/);
    const differing = missing(
      many(9, (at) => [at + 5, 2]),
      'q',
    );
    assert.match(differing, /"model\.q\.weight" of shape \[5, 2\] and .* and 6 more\.$/);
  });

  it('do not look at what no checkpoint has', () => {
    const model = many(500, () => [4, 2]);
    assert.match(
      missing(model, 'q'),
      /ambiguous: the checkpoint has 500 tensors named "q\.weight" with different prefixes/,
    );
  });
});
