import assert from 'node:assert/strict';
import { promptLines } from '../../../../src/host/behavior/promptLines';

describe('lines of prompts in a suite', () => {
  it('are those of their ids, whatever is in the other lines', () => {
    const text = '{"id": "a"}\r\n\n{"prompt": "no id"}\n{"id": 5}\nbroken\n{"id": "b"}';
    assert.deepEqual(
      [...promptLines(text)],
      [
        ['a', 0],
        ['b', 5],
      ],
    );
  });
});
