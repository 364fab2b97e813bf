import assert from 'node:assert/strict';
import { assemble, type Shard } from '../../../../src/core/checkpoint/assemble';
import { thrownData } from '../../../support/rejection';
import type { TensorInfo } from '../../../../src/core/safetensors/types';
import { english } from '../../../support/english';

function shard(name: string, ...tensors: readonly string[]): Shard {
  const infos = tensors.map((each): [string, TensorInfo] => [
    each,
    { name: each, dtype: 'F32', shape: [1], offset: 8, byteLength: 4 },
  ]);
  return {
    file: `/m/${name}`,
    name,
    header: { tensors: new Map(infos), metadata: new Map(), dataStart: 8, fileSize: 12 },
  };
}

describe('assemble', () => {
  it('joins shards', () => {
    const { tensors, notes } = assemble([shard('1', 'a'), shard('2', 'b')], undefined);
    assert.deepEqual(
      [...tensors].map(([name, { file }]) => [name, file]),
      [
        ['a', '/m/1'],
        ['b', '/m/2'],
      ],
    );
    assert.deepEqual(notes, []);
  });

  it('says what index and shards disagree on, and believes the shards', () => {
    const index = new Map([
      ['a', '2'],
      ['gone', '1'],
      ['gone too', '1'],
      ['b', '2'],
    ]);
    const { tensors, notes } = assemble([shard('1', 'a', 'extra'), shard('2', 'b')], index);
    assert.deepEqual([...tensors.keys()], ['a', 'extra', 'b']);
    assert.equal(tensors.get('a')?.file, '/m/1');
    assert.deepEqual(notes.map(english), [
      'Tensor "gone" and 1 more is listed in the shard index, but no shard contains it.',
      'Tensor "a" is in a different shard than the index says.',
      'Tensor "extra" is in a shard, but not listed in the index.',
    ]);
  });

  it('lets the index decide between two shards with one tensor, in either order', () => {
    const both = [shard('1', 'a'), shard('2', 'a')];
    assert.equal(assemble(both, new Map([['a', '1']])).tensors.get('a')?.file, '/m/1');
    assert.equal(assemble(both, new Map([['a', '2']])).tensors.get('a')?.file, '/m/2');
    assert.equal(thrownData(() => assemble(both, undefined), 'bad-index').tensor, 'a');
    thrownData(() => assemble(both, new Map([['b', '1']])), 'bad-index');
  });
});
