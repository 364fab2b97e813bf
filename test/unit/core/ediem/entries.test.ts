import assert from 'node:assert/strict';
import { productRows, sampleEntries } from '../../../support/entries';

const product = {
  m: 3,
  n: 4,
  rank: 2,
  x: new Float32Array([1, 2, 3, 4, 5, 6]),
  y: new Float32Array([1, 0, -1, 2, 0.5, 1, 1, -2]),
};
const rows = [
  [2, 2, 1, -2],
  [5, 4, 1, -2],
  [8, 6, 1, -2],
];

describe('entries of a thin product', () => {
  it('are the same in any tile', () => {
    const whole = new Float32Array(12);
    productRows(product, 0, 3, whole);
    assert.deepEqual([...whole], rows.flat());
    const tile = new Float32Array(8);
    productRows(product, 1, 2, tile);
    assert.deepEqual([...tile], rows.slice(1).flat());
  });

  it('are sampled fairly and reproducibly', () => {
    const sample = sampleEntries(product, 12_000);
    assert.deepEqual(sample, sampleEntries(product, 12_000));
    const share = sample.filter((value) => value === -2).length / sample.length;
    assert.ok(Math.abs(share - 3 / 12) < 0.02, `share ${String(share)}`);
    assert.ok(sample.every((value) => rows.flat().includes(value)));
  });
});
