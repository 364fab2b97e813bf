import assert from 'node:assert/strict';
import { Layout } from '../../../../../../src/evaluation/runners/onnx/gradient/layout';
import { Sequence } from '../../../../../../src/evaluation/runners/onnx/gradient/sequence';

const sequenceOf = (prompt: readonly number[], ...answers: readonly (readonly number[])[]): Sequence => {
  const sequence = new Sequence();
  for (const answer of answers) sequence.add(prompt, answer);
  return sequence;
};

/** Columns of the zeros of each row. */
function seen(mask: Float32Array, columns: number): number[][] {
  return Array.from({ length: mask.length / columns }, (_, row) =>
    Array.from({ length: columns }, (_other, at) => at).filter((at) => mask[row * columns + at] === 0),
  );
}

describe('tokens of a batch', () => {
  const first = sequenceOf([5, 6, 7], [1, 2], [3, 2]);
  const second = sequenceOf([5, 6, 8], [1]);

  it('are those that all sequences begin with, then the rest of each', () => {
    const layout = new Layout([first, second], 2);
    const { ids, positions } = layout.tokens();
    assert.deepEqual(Array.from(ids, Number), [5, 6, 7, 1, 3, 8, 0, 0]);
    assert.deepEqual(Array.from(positions, Number), [0, 1, 2, 3, 3, 2, 0, 0]);
    const places = [0, 1, 2].map((place) => layout.token(second, place));
    assert.deepEqual(places, [0, 1, 5]);
    assert.equal(layout.token(first, 4), 4);
  });

  it('see the shared tokens and those before them in their row; padding sees itself', () => {
    const layout = new Layout([first, second], 2);
    assert.deepEqual(seen(layout.leadMask(undefined), 2), [[0], [0, 1]]);
    const rows = [[0, 1, 2], [0, 1, 2, 3], [0, 1, 2, 4], [0, 1, 2], [3], [4]];
    assert.deepEqual(seen(layout.restMask(undefined), 5), rows);
    assert.deepEqual(seen(layout.restMask(2), 5), [[1, 2], [2, 3], [2, 4], [1, 2], [3], [4]]);
  });

  it('have one in front that none of them sees where nothing is shared', () => {
    const layout = new Layout([second], 0);
    assert.deepEqual(Array.from(layout.tokens().ids, Number), [0, 5, 6, 8]);
    assert.equal(layout.token(second, 0), 1);
    assert.deepEqual(seen(layout.leadMask(undefined), 1), [[0]]);
    assert.deepEqual(seen(layout.restMask(undefined), 4), [[1], [1, 2], [1, 2, 3]]);
  });
});
