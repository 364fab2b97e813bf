import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { entryFinder, findConfigTargets, MAX_CONFIG_CHARS } from '../../../../src/core/report/configTargets';
import { itWithRealAdapters, sample, shared } from '../../../support/paths';
import { words } from '../../../support/words';

function values(text: string): readonly string[] | undefined {
  return findConfigTargets(text)?.entries.map(({ value }) => value);
}

describe('configTargets', () => {
  it('finds the entries of a list at their offsets', () => {
    const text = readFileSync(sample('adapter-mixed', 'adapter_config.json'), 'utf8');
    const targets = findConfigTargets(text);
    assert.ok(targets);
    assert.equal(targets.form, 'list');
    assert.deepEqual(values(text), words`q_proj k_proj v_proj o_proj gate_proj up_proj down_proj`);
    for (const { value, start, end } of targets.entries) assert.equal(text.slice(start, end), `"${value}"`);
    assert.equal(text.slice(targets.key.start, targets.key.end), '"target_modules"');
  });

  itWithRealAdapters('finds the one string of a pattern', () => {
    const text = readFileSync(shared('adapters', 'edge-qwen25-vl-truncated', 'adapter_config.json'), 'utf8');
    const targets = findConfigTargets(text);
    assert.equal(targets?.form, 'pattern');
    assert.equal(targets.entries.length, 1);
    assert.equal(entryFinder(targets)('any.module'), targets.entries[0]);
  });

  itWithRealAdapters('finds the keys of an MLX config', () => {
    assert.deepEqual(values('{"lora_parameters": {"rank": 8, "keys": ["self_attn.q_proj"]}}'), [
      'self_attn.q_proj',
    ]);
    assert.equal(
      values(readFileSync(shared('adapters', 'mlx-qwen25-05b', 'adapter_config.json'), 'utf8')),
      undefined,
    );
  });

  it('takes only the top-level key, and strings only', () => {
    assert.equal(values('{"x": {"target_modules": ["a"]}, "y": [{"target_modules": "b"}]}'), undefined);
    assert.equal(values('[{"target_modules": ["a"]}]'), undefined);
    assert.deepEqual(values('{"target_modules": ["a", 1, null, ["b"], {"c": "d"}, "e"]}'), ['a', 'e']);
    assert.equal(values('{"target_modules": null}'), undefined);
    assert.equal(values('{"keys": "x", "lora_parameters": {"keys": "not a list"}}'), undefined);
  });

  it('reads what comes before an error, as in a file that is being edited', () => {
    assert.deepEqual(values('{"target_modules": ["q_proj", "v_proj"], "r": '), ['q_proj', 'v_proj']);
    assert.deepEqual(values('{"target_modules": ["q_proj", '), ['q_proj']);
    assert.equal(values('{"target_modules" ["q_proj"]'), undefined);
    assert.equal(values(''), undefined);
  });

  it('decodes escapes and keeps the range of the raw text', () => {
    const text = '{ "target_modules" : [ "a\\"b\\u002ec" ] }';
    const entry = findConfigTargets(text)?.entries[0];
    assert.equal(entry?.value, 'a"b.c');
    assert.equal(text.slice(entry.start, entry.end), '"a\\"b\\u002ec"');
  });

  it('accepts deep and long text', () => {
    assert.equal(values('['.repeat(100_000)), undefined);
    assert.equal(values(`{"target_modules": ["a"]}${' '.repeat(MAX_CONFIG_CHARS)}`), undefined);
  });

  it('matches entries as PEFT does', () => {
    const targets = findConfigTargets('{"target_modules": ["q", "layers.1.v_proj", "model.layers.2.k"]}');
    assert.ok(targets);
    const find = entryFinder(targets);
    const entry = (module: string): string | undefined => find(module)?.value;
    assert.equal(entry('decoder.block.0.q'), 'q');
    assert.equal(entry('decoder.block.0.seq'), undefined);
    assert.equal(entry('model.layers.1.v_proj'), 'layers.1.v_proj');
    assert.equal(entry('model.layers.2.k'), 'model.layers.2.k');
    assert.equal(entry('toString'), undefined);
    assert.equal(entry(`${'a.'.repeat(1000)}q`), 'q');
  });

  it('agrees with JSON.parse on any list of strings', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), fc.nat(4), (entries, indent) => {
        const text = JSON.stringify(
          { a: { target_modules: [1] }, target_modules: entries, z: [1.5e-3] },
          null,
          indent,
        );
        assert.deepEqual(values(text), entries);
      }),
    );
  });
});
