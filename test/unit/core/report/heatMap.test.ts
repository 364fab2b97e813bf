import assert from 'node:assert/strict';
import { heatMap } from '../../../../src/core/report/heatMap';
import { analysisOf, scored, unscored, verdict, replaced } from '../../../support/analysisDocument';
import { say } from '../../../../src/core/message';
import { layOut } from '../../../../src/core/report/heatLayout';

describe('heatMap', () => {
  it('lays modules out as types x blocks, as the panel does', () => {
    const document = analysisOf([
      scored('layers.0.q', { ediemIqr: 1 }),
      scored('layers.0.v', { ediemIqr: 2 }),
      unscored('layers.1.q', 'inactive', say('B is zero')),
      scored('lm_head', { ediemIqr: 4 }),
    ]);
    const map = heatMap(document, [verdict('layers.0.v', 1, 'prune')], 'ediemIqr');
    assert.deepEqual(map.rows, ['q', 'v', 'lm_head']);
    assert.deepEqual(map.stacks, [
      { name: '', heads: ['0', '1'] },
      { name: '', heads: ['no block'] },
    ]);
    assert.deepEqual(
      map.cells.map(({ row, column, value, selected }) => [row, column, value, selected]),
      [
        [0, 0, 1, 0],
        [1, 0, 2, 1],
        [0, 1, null, 0],
        [2, 2, 4, 0],
      ],
    );
    assert.deepEqual(map.range, [1, 4]);
    assert.deepEqual([1, 2.5, 4].map(map.position), [0, 0.5, 1]);
  });
  it('tells a stack without any prefix apart from one that has one', () => {
    const { stacks, cells } = heatMap(
      analysisOf([scored('0.q'), scored('h.0.q'), scored('a')]),
      [],
      'cosine',
    );
    assert.deepEqual(
      stacks.map(({ name }) => name),
      ['', 'h', ''],
    );
    assert.deepEqual(
      cells.map(({ column }) => column),
      [0, 1, 2],
    );
  });
  it('shows of many experts the one pruned first, also if that is the smallest', () => {
    const document = analysisOf([
      scored('layers.0.experts.0.w', { cosine: 0.5 }),
      scored('layers.0.experts.1.w', { cosine: 0.1 }),
    ]);
    const map = heatMap(document, [], 'cosine');
    assert.deepEqual(map.cells[0]?.modules, ['layers.0.experts.1.w', 'layers.0.experts.0.w']);
    assert.equal(map.cells[0].value, 0.1);
    assert.deepEqual(map.range, [0.5, 0.1]);
    assert.equal(map.position(0.1), 1);
  });
  it('leaves replaced weights out: they would use up the whole color scale', () => {
    const modules = [scored('l.0.q', { ediemIqr: 1 }), scored('l.1.q', { ediemIqr: 2 })];
    const whole = analysisOf([...modules, replaced('head.weight', { ediemIqr: 900 })]);
    const { range, cells } = heatMap(whole, [], 'ediemIqr');
    assert.deepEqual([range, cells.length], [[1, 2], 2]);
  });

  it('has no range without scores and the middle when all are equal', () => {
    assert.equal(heatMap(analysisOf([unscored('a', 'inactive', say('x'))]), [], 'cosine').range, null);
    assert.equal(heatMap(analysisOf([scored('a')]), [], 'cosine').position(0.35), 0.5);
  });
});

describe('layOut', () => {
  it('puts types in rows and blocks in columns, in numeric order', () => {
    const map = layOut(['m.layers.10.a.q', 'm.layers.2.a.q', 'm.layers.2.a.v', 'lm_head']);
    assert.ok(map !== null);
    assert.deepEqual(
      map.types.map(({ short }) => short),
      ['q', 'v', 'lm_head'],
    );
    assert.deepEqual(
      map.blocks.map(({ number }) => number),
      [2, 10, null],
    );
    assert.deepEqual(
      [...map.cells],
      [
        [1, [0]],
        [0, [1]],
        [3, [2]],
        [8, [3]],
      ],
    );
  });

  it('gives no cell to what is left out, and keeps the places of the others', () => {
    assert.deepEqual(
      [...(layOut(['l.0.q', 'head', 'l.1.q'], [false, true])?.cells.values() ?? [])],
      [[0], [2]],
    );
    assert.equal(layOut(['head'], [true]), null);
  });

  it('keeps stacks apart and experts together', () => {
    const map = layOut([
      'encoder.layers.0.q',
      'decoder.layers.0.q',
      'm.layers.0.mlp.experts.0.up',
      'm.layers.0.mlp.experts.1.up',
    ]);
    assert.ok(map !== null);
    assert.deepEqual(
      map.blocks.map(({ prefix }) => prefix),
      ['decoder.layers', 'encoder.layers', 'm.layers'],
    );
    assert.deepEqual(map.cells.get(5), [2, 3]);
  });

  it('spells types out where their last part is shared', () => {
    const map = layOut(['l.0.self.q', 'l.0.cross.q', 'l.0.cross.v']);
    assert.ok(map !== null);
    assert.deepEqual(
      map.types.map(({ short }) => short),
      ['self.q', 'cross.q', 'v'],
    );
  });

  it('is nothing for no modules', () => {
    assert.equal(layOut([]), null);
  });
});
