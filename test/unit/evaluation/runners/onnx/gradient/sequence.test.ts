import assert from 'node:assert/strict';
import { Sequence } from '../../../../../../src/evaluation/runners/onnx/gradient/sequence';

function rowOf(sequence: Sequence, width: number): { ids: number[]; positions: number[] } {
  const [ids, positions] = [new BigInt64Array(width), new BigInt64Array(width)];
  sequence.writeTokens(ids, positions, 0, width);
  return { ids: Array.from(ids, Number), positions: Array.from(positions, Number) };
}

/** Which tokens each one sees. */
function seen(sequence: Sequence, width: number, window?: number): number[][] {
  const mask = new Float32Array(width * width).fill(NaN);
  sequence.writeMask(mask, { from: 0, to: width, columns: width, skipped: 0, window });
  return Array.from({ length: width }, (_, query) =>
    Array.from({ length: width }, (_other, key) => key).filter((key) => mask[query * width + key] === 0),
  );
}

describe('a prompt and its answers as one row', () => {
  it('holds what answers share once, and no last token', () => {
    const sequence = new Sequence();
    assert.deepEqual(sequence.add([5, 6], [7, 8, 9]), [1, 2, 3]);
    assert.deepEqual(sequence.add([5, 6], [7, 8, 4]), [1, 2, 3]);
    assert.deepEqual(sequence.add([5, 6], [7, 3, 1]), [1, 2, 4]);
    assert.deepEqual(sequence.add([5, 6], [9]), [1]);
    assert.equal(sequence.length, 5);
    assert.deepEqual(rowOf(sequence, 6), { ids: [5, 6, 7, 8, 3, 0], positions: [0, 1, 2, 3, 3, 0] });
  });

  it('holds what prompts share once', () => {
    const sequence = new Sequence();
    assert.deepEqual(sequence.add([5, 6], [7]), [1]);
    assert.deepEqual(sequence.add([5, 8], [7, 7]), [2, 3]);
    assert.deepEqual(rowOf(sequence, 4), { ids: [5, 6, 8, 7], positions: [0, 1, 1, 2] });
    assert.deepEqual(seen(sequence, 4), [[0], [0, 1], [0, 2], [0, 2, 3]]);
  });

  it('shows each token those before it in its own answer, and padding itself', () => {
    const sequence = new Sequence();
    sequence.add([5, 6], [7, 8, 9]);
    sequence.add([5, 6], [4, 4, 4]);
    assert.deepEqual(seen(sequence, 7), [[0], [0, 1], [0, 1, 2], [0, 1, 2, 3], [0, 1, 4], [0, 1, 4, 5], [6]]);
  });

  it('slides a window over positions, not over places', () => {
    const sequence = new Sequence();
    sequence.add([5, 6], [7, 8, 9]);
    sequence.add([5, 6], [4, 4, 4]);
    assert.deepEqual(seen(sequence, 6, 2), [[0], [0, 1], [1, 2], [2, 3], [1, 4], [4, 5]]);
  });
});
