import assert from 'node:assert/strict';
import fc from 'fast-check';
import { MAX_WORD_CHARS, mentionAt, ModuleIndex } from '../../../../src/core/report/moduleMentions';
import { words } from '../../../support/words';

const NAMES = [
  'model.layers.8.self_attn.q_proj',
  'model.layers.8.mlp.down_proj',
  'model.layers.9.self_attn.q_proj',
  'h.0.attn.c_attn',
];
const index = new ModuleIndex(NAMES);
const strict = { bare: false };
const bare = { bare: true };

function modulesAt(line: string, needle: string, options = strict): readonly string[] {
  return mentionAt(line, line.indexOf(needle), index, options)?.modules ?? [];
}

describe('moduleMentions', () => {
  it('finds a full name and its offset', () => {
    const line = '  loss at model.layers.8.self_attn.q_proj rose';
    const mention = mentionAt(line, line.indexOf('self_attn'), index, strict);
    assert.deepEqual(mention, {
      start: 10,
      end: 41,
      text: 'model.layers.8.self_attn.q_proj',
      modules: ['model.layers.8.self_attn.q_proj'],
    });
  });

  const written = words`
    base_model.model.model.layers.8.self_attn.q_proj
    base_model.model.model.layers.8.self_attn.q_proj.lora_A.weight
    base_model.model.model.layers.8.self_attn.q_proj.lora_B.default.weight
    _orig_mod.base_model.model.model.layers.8.self_attn.q_proj.lora_magnitude_vector
    model.layers.8.self_attn.q_proj.lora_a model.layers.8.self_attn.q_proj.weight
    model.layers.8.self_attn.q_proj.base_layer.weight layers.8.self_attn.q_proj 8.self_attn.q_proj
  `;
  for (const text of written) {
    it(`understands ${text}`, () => {
      assert.deepEqual(modulesAt(`x ${text} y`, text), ['model.layers.8.self_attn.q_proj']);
    });
  }

  it('understands an index of Python, from either side of it', () => {
    const line = 'x = model.layers[8].self_attn.q_proj(hidden[0])';
    for (const column of [line.indexOf('layers'), line.indexOf('8'), line.indexOf('q_proj')]) {
      const mention = mentionAt(line, column, index, strict);
      assert.deepEqual(mention?.modules, ['model.layers.8.self_attn.q_proj']);
      assert.equal(mention.text, 'model.layers[8].self_attn.q_proj');
    }
    for (const other of [
      '[8].self_attn.q_proj',
      "layers['8'].self_attn",
      'layers[].self_attn',
      'layers[123456789].x',
    ])
      assert.deepEqual(modulesAt(other, 'layers'), [], other);
  });

  it('understands the names of logged values', () => {
    const line = 'grad_norm/model.layers.8.mlp.down_proj: 0.5, other/thing.x';
    const mention = mentionAt(line, line.indexOf('down_proj'), index, strict);
    assert.deepEqual(mention?.modules, ['model.layers.8.mlp.down_proj']);
    assert.equal(mention.text, 'model.layers.8.mlp.down_proj');
    assert.deepEqual(modulesAt(line, 'thing'), []);
  });

  const lines: readonly (readonly [string, string])[] = [
    ['JSON', '"model.layers.8.mlp.down_proj": 1,'],
    ['YAML', '- model.layers.8.mlp.down_proj: 0.5'],
    ['Python', "model.get_submodule('model.layers.8.mlp.down_proj')"],
    ['Markdown code', 'see `model.layers.8.mlp.down_proj`.'],
    ['end of a sentence', 'It is model.layers.8.mlp.down_proj.'],
    ['log', '[step=3] model.layers.8.mlp.down_proj=0.1'],
  ];
  for (const [name, line] of lines) {
    it(`finds a name in ${name}`, () => {
      assert.deepEqual(modulesAt(line, 'down_proj'), ['model.layers.8.mlp.down_proj']);
    });
  }

  it('takes a shared ending as all modules that share it', () => {
    assert.deepEqual(modulesAt('"q_proj",', 'q_proj'), [NAMES[0], NAMES[2]]);
    assert.deepEqual(modulesAt('self_attn.q_proj', 'q_proj'), [NAMES[0], NAMES[2]]);
  });

  it('takes plain words only with the option', () => {
    const plain = new ModuleIndex(['encoder.layer.0.attention.self.query']);
    assert.equal(mentionAt('a query here', 3, plain, strict), undefined);
    assert.deepEqual(mentionAt('a query here', 3, plain, bare)?.modules, [
      'encoder.layer.0.attention.self.query',
    ]);
  });

  it('does not take a stranger with the same ending for ours', () => {
    assert.deepEqual(modulesAt('vision.tower.q_proj', 'vision'), []);
    assert.deepEqual(modulesAt('model.layers.88.self_attn.q_proj', 'model'), []);
    assert.deepEqual(modulesAt('model.layers.8', 'model'), []);
  });

  it('drops prefixes that the checkpoint has and the adapter has not', () => {
    assert.deepEqual(modulesAt('transformer.h.0.attn.c_attn.weight', 'attn'), ['h.0.attn.c_attn']);
  });

  it('answers at both ends of the word and not between words', () => {
    const line = 'a model.layers.8.mlp.down_proj  b';
    assert.ok(mentionAt(line, 2, index, strict));
    assert.ok(mentionAt(line, 30, index, strict));
    assert.equal(mentionAt(line, 31, index, strict), undefined);
    assert.equal(mentionAt(line, 500, index, strict), undefined);
  });

  it('is not misled by names of object members', () => {
    const odd = new ModuleIndex(['a.__proto__', 'constructor']);
    assert.deepEqual(odd.resolve('__proto__'), ['a.__proto__']);
    assert.deepEqual(odd.resolve('toString'), []);
    assert.deepEqual(odd.resolve('constructor'), ['constructor']);
  });

  it('looks at a bounded part of a line, and of a name', () => {
    const line = `${'x'.repeat(1_000_000)} model.layers.8.mlp.down_proj`;
    assert.deepEqual(modulesAt(line, 'model'), ['model.layers.8.mlp.down_proj']);
    assert.equal(mentionAt('q'.repeat(1_000_000), 500_000, index, bare), undefined);
    const long = new ModuleIndex([`${'a.'.repeat(MAX_WORD_CHARS)}b`]);
    assert.deepEqual(long.resolve('b'), []);
  });

  it('finds in any line only text of the line, and never throws', () => {
    const word = fc.oneof(
      fc.constantFrom(...NAMES, 'q_proj', '.', '-', '"', ' '),
      fc.string({ maxLength: 8 }),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), fc.nat(200), (words, column) => {
        const line = words.join('');
        const mention = mentionAt(line, column, index, bare);
        if (mention === undefined) return;
        assert.equal(line.slice(mention.start, mention.end), mention.text);
        assert.ok(mention.modules.length > 0 && mention.modules.every((name) => NAMES.includes(name)));
      }),
    );
  });
});
