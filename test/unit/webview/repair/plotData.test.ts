import assert from 'node:assert/strict';
import { panelRepair } from '../../../../src/host/repair/derive';
import { partialOf } from '../../../../src/host/repair/repairs';
import { repairPlotData } from '../../../../webview/repair/plotData';
import { BEFORE, POINTS, repairOf, TARGET } from '../../../support/repairDocument';

const ADAPTER = '/runs/a/adapter_model.safetensors';

describe('repairPlotData', () => {
  it('is nothing before the first figures', () => {
    assert.equal(repairPlotData(panelRepair(partialOf(TARGET), String)), null);
  });

  it('has both models, every strength, and the chosen one last, by its name', () => {
    const data = repairPlotData(panelRepair(repairOf(ADAPTER, { chosen: 2 }), String));
    assert.ok(data !== null);
    assert.deepEqual(
      data.marks.map(({ role, name, meets }) => [role, name, meets]),
      [
        ['aligned', 'Aligned model', false],
        ['adapter', 'Adapter', false],
        ['point', '', false],
        ['point', '', false],
        // The strongest point of another method has its name.
        ['point', 'split-gates', true],
        ['chosen', 'cut, k 8', true],
      ],
    );
    assert.deepEqual(
      data.marks.map(({ series }) => series),
      [null, null, 0, 0, 1, 0],
    );
    // The aligned model answers none of 24: one of twenty is allowed.
    assert.ok(data.least !== null && Math.abs(data.least - 0.95) < 1e-12);
    assert.equal(data.marks.at(-1)?.spoken, 'cut, k 8: 100 % refused, 75 % of the tasks.');
  });

  it('leaves out what has no task, and cuts long names', () => {
    const [first] = POINTS;
    assert.ok(first !== undefined);
    const long = { ...first, method: 'x'.repeat(99), meets: true };
    const bare = { ...first, figures: { ...first.figures, task: {} } };
    const partial = { ...partialOf(TARGET), before: BEFORE, points: [bare, long], chosen: long };
    const { marks = [] } = repairPlotData(panelRepair(partial, String)) ?? {};
    assert.equal(marks.length, 3);
    assert.ok((marks.at(-1)?.name.length ?? 99) < 40);
  });
});
