import assert from 'node:assert/strict';
import { Measurements } from '../../../../src/host/behavior/measurements';

const NOTHING = { variants: [], rows: [] };

describe('measurements under way', () => {
  it('run until they end, also for who listens to their end', () => {
    const measurements = new Measurements();
    const seen: boolean[] = [];
    measurements.onDidChange((adapter) => seen.push(measurements.isRunning(adapter)));
    const abort = measurements.begin('a', NOTHING);
    assert.deepEqual([measurements.running, measurements.isRunning('b')], [['a'], false]);
    measurements.end('a', abort, { run: { kind: 'canceled', done: 1, total: 2 } });
    assert.deepEqual([measurements.running, seen], [[], [true, false]]);
  });

  it('are canceled for one adapter, or all, each once', () => {
    const measurements = new Measurements();
    const [a, b] = ['a', 'b'].map((adapter) => measurements.begin(adapter, NOTHING));
    assert.deepEqual([measurements.cancel('c'), measurements.cancel('a')], [0, 1]);
    assert.deepEqual([a?.signal.aborted, b?.signal.aborted], [true, false]);
    assert.equal(measurements.cancel(), 1);
    assert.equal(b?.signal.aborted, true);
    assert.equal(measurements.cancel(), 0);
  });
});
