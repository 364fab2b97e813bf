import assert from 'node:assert/strict';
import { withTimeout } from '../../../../src/host/state/withTimeout';

const AN_HOUR_MS = 3_600_000;

describe('withTimeout', () => {
  it('ends with the work', async () => {
    let done = false;
    const work = Promise.resolve().then(() => (done = true));
    await withTimeout(AN_HOUR_MS, work);
    assert.ok(done);
  });

  it('does not wait for work that never ends', () => withTimeout(0, new Promise(() => undefined)));

  it('says how the work failed', () =>
    assert.rejects(withTimeout(AN_HOUR_MS, Promise.reject(new Error('no'))), /no/));
});
