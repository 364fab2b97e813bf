import assert from 'node:assert/strict';
import fc from 'fast-check';
import { objectMembers } from '../../../../src/core/adapter/jsonText';

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
});
