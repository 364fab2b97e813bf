import assert from 'node:assert/strict';
import type { ExternalData } from '../../../../../src/core/onnx/graph';
import { readDecoder } from '../../../../../src/evaluation/runners/onnx/families';
import { ConfigReader } from '../../../../../src/evaluation/runners/onnx/families/config';
import { piecesOf } from '../../../../../src/evaluation/runners/onnx/weightPieces';
import { LLAMA } from './configs';

const place = (rows: number, columns: number): ExternalData => ({
  ...{ type: 'bfloat16', shape: [rows, columns], location: 'model.safetensors' },
  ...{ offset: 1001, length: 2 * rows * columns },
});
const decoderOf = (sizes: object) =>
  readDecoder(new ConfigReader('/config.json', { ...LLAMA, ...sizes }), true);

describe('pieces of a stored weight', () => {
  it('are whole rows, one after the other, of at most a million weights', () => {
    const pieces = piecesOf(place(3000, 1000), decoderOf({}));
    assert.ok(pieces.length > 1);
    let offset = 1001;
    let rows = 0;
    for (const { shape, offset: start, length } of pieces) {
      const [own = 0, columns] = shape;
      assert.equal(start, offset);
      assert.equal(columns, 1000);
      assert.ok(own > 0 && own * 1000 <= 1024 ** 2);
      assert.equal(length, 2 * own * 1000);
      offset += length;
      rows += own;
    }
    assert.equal(rows, 3000);
  });

  it('are a single one for a small weight, and rows that are longer than a piece', () => {
    assert.deepEqual(piecesOf(place(10, 10), decoderOf({})), [place(10, 10)]);
    assert.equal(piecesOf(place(3, 2_000_000), decoderOf({})).length, 3);
  });

  it('are larger in a large model, so that there are not too many of them', () => {
    const large = decoderOf({ hidden_size: 8192, intermediate_size: 28_672, num_hidden_layers: 80 });
    const few = piecesOf(place(28_672, 8192), large).length;
    assert.ok(few < piecesOf(place(28_672, 8192), decoderOf({})).length);
  });
});
