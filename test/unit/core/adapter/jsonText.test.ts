import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  applyEdits,
  indentBefore,
  lastMember,
  objectMembers,
  stringListJson,
} from '../../../../src/core/adapter/jsonText';

describe('jsonText', () => {
  it('finds the text of every member of any object, however it is spelt', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.constantFrom(0, 2, '\t'),
        (object, space) => {
          const text = JSON.stringify(object, null, space);
          const parsed = JSON.parse(text) as Record<string, unknown>;
          const members = objectMembers(text);
          assert.deepEqual(
            members.map(({ key }) => key),
            Object.keys(parsed),
          );
          for (const { key, valueStart, valueEnd } of members) {
            assert.deepEqual(JSON.parse(text.slice(valueStart, valueEnd)), parsed[key]);
          }
        },
      ),
    );
  });

  it('takes the last of equal keys, as JSON readers do', () => {
    const text = '{"a":1, "a" : 2}';
    const member = lastMember(objectMembers(text), 'a');
    assert.equal(text.slice(member?.valueStart, member?.valueEnd), '2');
  });

  it('needs no stack for deep nesting', () => {
    const deep = `{"a":${'['.repeat(200_000)}${']'.repeat(200_000)},"b":1}`;
    assert.deepEqual(
      objectMembers(deep).map(({ key }) => key),
      ['a', 'b'],
    );
  });

  it('reads what is no object as empty', () => {
    assert.deepEqual(objectMembers('[1]'), []);
    assert.deepEqual(objectMembers(''), []);
  });

  it('replaces pieces and keeps the rest', () => {
    assert.equal(
      applyEdits('abcdef', [
        { start: 4, end: 5, text: 'E' },
        { start: 1, end: 1, text: '-' },
      ]),
      'a-bcdEf',
    );
  });

  it('writes lists as their surroundings are written', () => {
    assert.equal(stringListJson(['a', 'b"'], undefined), '["a", "b\\""]');
    assert.equal(stringListJson(['a', 'b'], '  '), '[\n    "a",\n    "b"\n  ]');
    assert.equal(stringListJson(['a'], '\t'), '[\n\t\t"a"\n\t]');
    assert.equal(stringListJson([], '  '), '[]');
    assert.equal(indentBefore('{\n    "a": 1}', 6), '    ');
    assert.equal(indentBefore('{"a": 1}', 1), undefined);
  });
});
