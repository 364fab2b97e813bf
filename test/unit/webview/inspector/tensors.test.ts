import assert from 'node:assert/strict';
import fc from 'fast-check';
import { TENSOR_COLUMNS, Tensors } from '../../../../webview/inspector/tensors';
import { sortRows } from '../../../../webview/table/rows';

function tableOf(
  ...rows: readonly (readonly [name: string, dtype: string, shape: readonly number[], bytes: number])[]
): Tensors {
  const table = new Tensors();
  table.append({
    names: rows.map(([name]) => name),
    dtypes: rows.map(([, dtype]) => dtype),
    shapes: rows.map(([, , shape]) => shape),
    bytes: rows.map(([, , , bytes]) => bytes),
  });
  return table;
}

const table = tableOf(
  ['layers.10.q', 'F32', [8, 64], 2048],
  ['layers.2.q', 'BF16', [64, 8], 1024],
  ['Head', 'F32', [], 4],
  ['layers.2.v', 'BF16', [64, 8], 1024],
);
const sorted = (tensors: Tensors, id: string, descending = false): number[] => {
  const column = TENSOR_COLUMNS.find((one) => one.id === id);
  return sortRows(tensors.find(''), tensors, column, descending);
};
const by = (id: string, descending = false): number[] => sorted(table, id, descending);

describe('tensors', () => {
  it('sorts by each column; equal rows keep the order of the file', () => {
    assert.deepEqual(by('file'), [0, 1, 2, 3]);
    assert.deepEqual(by('name'), [2, 1, 3, 0]);
    assert.deepEqual(by('dtype'), [1, 3, 0, 2]);
    assert.deepEqual(by('shape', true), [0, 1, 3, 2]);
    assert.deepEqual(by('bytes'), [2, 1, 3, 0]);
  });

  it('finds every word, in name, type or shape, in either case', () => {
    const found = (search: string): number[] => table.find(search);
    assert.deepEqual(found('LAYERS .2.'), [1, 3]);
    assert.deepEqual(found('head'), [2]);
    assert.deepEqual(found('64x8 q'), [1]);
    assert.deepEqual(found('8 × 64'), [0]);
    assert.deepEqual(found('scalar'), [2]);
    assert.deepEqual(found('nothing'), []);
  });

  it('sorts rows that came later, too', () => {
    const growing = tableOf(['b', 'F32', [1], 1]);
    assert.deepEqual(sorted(growing, 'name'), [0]);
    growing.append({ names: ['a'], dtypes: ['F32'], shapes: [[1]], bytes: [1] });
    assert.deepEqual(sorted(growing, 'name'), [1, 0]);
    assert.equal(growing.bytesOf(growing.find('')), 2);
  });

  it('shows each row once, whatever the order', () => {
    const rows = fc.array(fc.tuple(fc.string(), fc.constantFrom('F32', 'I8'), fc.array(fc.nat(9)), fc.nat()));
    const keys = fc.constantFrom('file', 'name', 'dtype', 'shape', 'bytes');
    fc.assert(
      fc.property(rows, keys, fc.boolean(), (given, key, descending) => {
        const view = sorted(tableOf(...given), key, descending);
        assert.deepEqual(
          view.sort((x, y) => x - y),
          given.map((_, at) => at),
        );
      }),
    );
  });
});
