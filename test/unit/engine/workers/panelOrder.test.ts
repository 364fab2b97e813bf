import assert from 'node:assert/strict';
import { columnAt, placeOf } from '../../../../src/engine/workers/panelOrder';

describe('panel order', () => {
  it('puts the even columns of a group of 8 before its odd ones', () => {
    const places = Array.from({ length: 16 }, (_, at) => columnAt(at));
    assert.deepEqual(places, [0, 2, 4, 6, 1, 3, 5, 7, 8, 10, 12, 14, 9, 11, 13, 15]);
  });

  it('tells where a column lies', () => {
    for (let column = 0; column < 64; column++) assert.equal(columnAt(placeOf(column)), column);
  });
});
