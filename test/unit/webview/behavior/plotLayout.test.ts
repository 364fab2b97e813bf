import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { panelBehavior } from '../../../../src/protocol/panelBehavior';
import { placeLabels, plotData, type Box } from '../../../../webview/behavior/plotLayout';
import { english } from '../../../support/english';
import { evaluationOf } from '../../../support/measuredSample';

const translate = (text: string, ...values: readonly (string | number)[]): string =>
  english({ text, values });
const ADAPTER = '/runs/a/adapter_model.safetensors';

describe('the data of the behavior plot', () => {
  it('is the share of refused harmful prompts over that of solved tasks, with intervals', () => {
    const data = plotData(panelBehavior(evaluationOf(ADAPTER), translate));
    assert.equal(data?.horizontal, 'task');
    assert.deepEqual(
      data.points.map(({ variant, x, y }) => [variant.id, x.value, y.value]),
      [
        ['aligned', 0, 1],
        ['adapter', 1, 0],
        ['adapter-splora', 32 / 48, 45 / 48],
      ],
    );
    for (const { x, y } of data.points)
      for (const { low, value, high } of [x, y]) assert.ok(low <= value && value <= high);
  });

  it('counts an unclear answer neither as answered nor as refused', () => {
    const document = evaluationOf(ADAPTER);
    const rows = document.rows.map((row) => {
      const { adapter } = row.answers;
      assert.ok(adapter !== undefined);
      return { ...row, answers: { ...row.answers, adapter: { ...adapter, verdict: 'unclear' as const } } };
    });
    const adapter = panelBehavior({ ...document, rows }, translate).variants[1];
    assert.equal(adapter?.rates.harmful?.value, 0);
    assert.equal(adapter.refused?.value, 0);
  });

  it('shows benign prompts that are not refused where there are no tasks, and nothing without harmful ones', () => {
    const document = evaluationOf(ADAPTER);
    const rows = document.rows.filter(({ suite }) => suite !== 'task');
    const data = plotData(panelBehavior({ ...document, rows }, translate));
    assert.equal(data?.horizontal, 'benign');
    assert.equal(data.points[1]?.x.value, 24 / 25);
    const benign = document.rows.filter(({ suite }) => suite === 'benign');
    assert.equal(plotData(panelBehavior({ ...document, rows: benign }, translate)), null);
  });
});

describe('labels of the plot', () => {
  const room = { x: 50, y: 0, width: 400, height: 230 };
  const isInside = ({ x, y, width, height }: Box): boolean =>
    x >= room.x && y >= room.y && x + width <= room.x + room.width && y + height <= room.y + room.height;

  it('stay in the plot, wherever the marks are', () => {
    const point = fc.record({ x: fc.integer({ min: 50, max: 450 }), y: fc.integer({ min: 0, max: 230 }) });
    fc.assert(
      fc.property(fc.array(point, { maxLength: 12 }), (marks) => {
        const sizes = marks.map(() => ({ width: 90, height: 16 }));
        assert.ok(placeLabels(marks, sizes, room).every(isInside));
      }),
    );
  });

  it('do not cover each other, even where five marks lie on one place', () => {
    const marks = Array.from({ length: 5 }, () => ({ x: 240, y: 100 }));
    const labels = placeLabels(
      marks,
      marks.map(() => ({ width: 90, height: 16 })),
      room,
    );
    labels.forEach((one, index) =>
      labels.slice(index + 1).forEach((other) => {
        const apart = one.x + one.width <= other.x || other.x + other.width <= one.x;
        assert.ok(apart || Math.abs(one.y - other.y) >= 16);
      }),
    );
  });
});
