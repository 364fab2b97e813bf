import assert from 'node:assert/strict';
import { GraphBuilder } from '../../../../src/core/onnx/graph';
import { int, text } from '../../../../src/core/onnx/protobuf';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('protobuf', () => {
  it('writes varints, negative ones in ten bytes', () => {
    assert.equal(hex(int(1, 300)), '08ac02');
    assert.equal(hex(int(1, 2 ** 40)), '08808080808020');
    assert.equal(hex(int(3, -1)), '18ffffffffffffffffff01');
  });

  it('writes text as UTF-8', () => {
    assert.equal(hex(text(2, 'é')), '1202c3a9');
  });
});

describe('an ONNX graph', () => {
  it('stores equal constants once', () => {
    const graph = new GraphBuilder();
    assert.equal(graph.ints(1, 2), graph.ints(1, 2));
    assert.notEqual(graph.ints(1), graph.scalar(1));
  });

  it('names the place of external data', () => {
    const graph = new GraphBuilder();
    const place = { location: 'a/b.safetensors', offset: 69, length: 8 };
    graph.external('w', { type: 'float', shape: [2], ...place });
    const model = Buffer.from(graph.model('test', 13)).toString('latin1');
    for (const part of ['location', place.location, 'offset', '69', 'length', '8'])
      assert.ok(model.includes(part));
  });
});
