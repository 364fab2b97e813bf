import assert from 'node:assert/strict';
import { formatDuration, secondsLeft, speed } from '../../../../src/core/report/progress';

describe('progress', () => {
  it('is null while unknown', () => {
    assert.equal(speed(1000, 100), null);
    assert.equal(speed(1000, 500), 2000);
    assert.equal(secondsLeft(1000, 5000, 500), 2);
    assert.equal(secondsLeft(0, 5000, 500), null);
    assert.equal(secondsLeft(6000, 5000, 500), null);
  });

  it('is readable', () => {
    const written = [0, 0.1, 7.6, 59.2, 65, 200, 3700, 7500].map(formatDuration);
    assert.deepEqual(written, [
      '0 s',
      '1 s',
      '8 s',
      '1 min 0 s',
      '1 min 5 s',
      '3 min 20 s',
      '1 h 1 min',
      '2 h 5 min',
    ]);
  });
});
