import assert from 'node:assert/strict';
import { atMost } from '../../../../src/host/state/atMost';

const AN_HOUR_MS = 3_600_000;

describe('waiting at most so long', () => {
  it('ends with the work', async () => {
    let done = false;
    const work = Promise.resolve().then(() => (done = true));
    await atMost(AN_HOUR_MS, work);
    assert.ok(done);
  });

  it('does not wait for work that never ends', () => atMost(0, new Promise(() => undefined)));

  it('says how the work failed', () =>
    assert.rejects(atMost(AN_HOUR_MS, Promise.reject(new Error('no'))), /no/));
});
