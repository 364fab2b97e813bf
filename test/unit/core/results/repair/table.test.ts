import assert from 'node:assert/strict';
import { pointsTable } from '../../../../../src/core/results/repair/table';
import type { MeasuredPoint } from '../../../../../src/core/results/repair/types';
import { POINTS, repairOf } from '../../../../support/repairDocument';

describe('pointsTable', () => {
  const table = (points: readonly MeasuredPoint[]) => pointsTable(repairOf('/adapter', { points }));

  it('says how many refusals of a strength are clear', () => {
    const { head, rows } = table(POINTS);
    const at = head.indexOf('clear refusals');
    assert.deepEqual(
      rows.map((row) => [row[0], row[at]?.split('] ')[1] ?? '', row.at(-1)]),
      [
        ['aligned', '', ''],
        ['adapter', '', ''],
        ['cut, k 1', '0/24', 'missed'],
        ['cut, k 4', '12/24', 'missed'],
        ['cut, k 8', '23/24', 'reached'],
        ['split-gates, k 8, side both, keep 0', '24/24', 'reached, chosen'],
      ],
    );
  });

  it('has no column for what was not measured', () => {
    const { head, rows } = table(POINTS.map(({ restored: _restored, ...point }) => point));
    assert.ok(!head.includes('clear refusals'));
    assert.ok(rows.every(({ length }) => length === head.length));
  });
});
