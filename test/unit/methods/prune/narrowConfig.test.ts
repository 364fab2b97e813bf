import assert from 'node:assert/strict';
import fc from 'fast-check';
import { narrowConfig } from '../../../../src/methods/prune/narrowConfig';

const peft = (text: string, kept: readonly string[], removed: readonly string[] = []): string =>
  narrowConfig('peft', text, kept, removed);

describe('narrowConfig', () => {
  it('replaces only what must change; spelling, order and unknown keys stay', () => {
    const text = `{
  "zzz_unknown": [1e-05, 16.0],
  "target_modules": [
    "q_proj",
    "v_proj"
  ],
  "lora_alpha": 16.0,
  "layers_to_transform": [0, 1],
  "layers_pattern": "layers",
  "exclude_modules": "vision.*",
  "rank_pattern": {},
  "modules_to_save": ["head"]
}
`;
    assert.equal(
      peft(text, ['m.0.q_proj', 'm.1.q_proj']),
      `{
  "zzz_unknown": [1e-05, 16.0],
  "target_modules": [
    "m.0.q_proj",
    "m.1.q_proj"
  ],
  "lora_alpha": 16.0,
  "layers_to_transform": null,
  "layers_pattern": null,
  "exclude_modules": "vision.*",
  "rank_pattern": {},
  "modules_to_save": ["head"]
}
`,
    );
  });

  it('takes the place of a regex, of null and of duplicates', () => {
    assert.equal(peft('{"target_modules":".*q_proj"}', ['a.q_proj']), '{"target_modules":["a.q_proj"]}');
    assert.equal(
      peft('{"target_modules":"all-linear","target_modules":null}', ['a']),
      '{"target_modules":["a"],"target_modules":["a"]}',
    );
  });

  it('adds target_modules where it is absent, and nothing else', () => {
    assert.equal(peft('{}', ['a']), '{"target_modules": ["a"]}');
    assert.equal(peft('{\n  "r": 8\n}', ['a']), '{\n  "r": 8,\n  "target_modules": [\n    "a"\n  ]\n}');
  });

  it('drops pattern entries that match only removed modules', () => {
    const text = `{
  "rank_pattern": {
    "v_proj": 16,
    "0.q_proj": 4,
    "nothing": 2,
    "(?i)Q": 3
  },
  "alpha_pattern": {"v_proj": 32.0, "q_proj": 8}
}`;
    const out = peft(text, ['l.0.q_proj', 'l.1.q_proj'], ['l.0.v_proj', 'l.1.v_proj']);
    const read = JSON.parse(out) as Record<string, unknown>;
    assert.deepEqual(read['rank_pattern'], { '0.q_proj': 4, nothing: 2, '(?i)Q': 3 });
    assert.deepEqual(read['alpha_pattern'], { q_proj: 8 });
    assert.ok(out.includes('\n    "0.q_proj": 4,\n    "nothing": 2,'));
    const all = JSON.parse(
      peft('{"alpha_pattern": {"v_proj": 32.0}}', ['l.0.q_proj'], ['l.0.v_proj']),
    ) as Record<string, unknown>;
    assert.deepEqual(all['alpha_pattern'], {});
  });

  it('MLX: lists full paths in lora_parameters.keys and leaves num_layers', () => {
    const text =
      '{\n    "lora_parameters": {\n        "rank": 8,\n        "scale": 10.0\n    },\n    "num_layers": 4\n}';
    assert.equal(
      narrowConfig('mlx', text, ['model.layers.3.q'], ['x']),
      '{\n    "lora_parameters": {\n        "rank": 8,\n        "scale": 10.0,\n        "keys": [\n            "model.layers.3.q"\n        ]\n    },\n    "num_layers": 4\n}',
    );
    assert.equal(
      narrowConfig('mlx', '{"lora_parameters":{"keys":["a"],"rank":8}}', ['b'], []),
      '{"lora_parameters":{"keys":["b"],"rank":8}}',
    );
    assert.equal(
      narrowConfig('mlx', '{"lora_parameters":{}}', ['b'], []),
      '{"lora_parameters":{"keys": ["b"]}}',
    );
    assert.equal(narrowConfig('mlx', '{"x":1}', ['b'], []), '{"x":1}');
  });

  it('changes only the fields it owns, in any config', () => {
    const owned = new Set([
      'target_modules',
      'layers_to_transform',
      'layers_pattern',
      'rank_pattern',
      'alpha_pattern',
    ]);
    const key = fc.oneof(fc.string(), fc.constantFrom(...owned, '__proto__'));
    fc.assert(
      fc.property(
        fc.dictionary(key, fc.jsonValue()),
        fc.constantFrom(0, 1, 2, 4, '\t'),
        fc.array(fc.string(), { minLength: 1 }),
        (config, space, kept) => {
          const text = JSON.stringify(config, null, space);
          const before = JSON.parse(text) as Record<string, unknown>;
          const after = JSON.parse(peft(text, kept, ['removed'])) as Record<string, unknown>;
          assert.deepEqual(after['target_modules'], kept);
          for (const [name, value] of Object.entries(before)) {
            if (!owned.has(name)) assert.deepEqual(after[name], value);
            if (name.startsWith('layers_')) assert.equal(after[name], null);
          }
          const added = Object.keys(after).filter((name) => !Object.hasOwn(before, name));
          assert.deepEqual(added, Object.hasOwn(before, 'target_modules') ? [] : ['target_modules']);
        },
      ),
    );
  });
});
