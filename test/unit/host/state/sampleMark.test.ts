import assert from 'node:assert/strict';
import { markSample, takeSampleMark } from '../../../../src/host/state/sampleMark';
import { memento } from '../../../support/memento';

describe('the mark of an opened sample', () => {
  it('is found once, in the window of that folder', async () => {
    const kept = memento();
    await markSample(kept, '/samples/one');
    assert.equal(await takeSampleMark(kept, []), undefined);
    assert.equal(await takeSampleMark(kept, ['/other']), undefined);
    assert.equal(await takeSampleMark(kept, ['/other', '/samples/one']), '/samples/one');
    assert.equal(await takeSampleMark(kept, ['/samples/one']), undefined);
  });

  it('is nothing where something else was kept', async () => {
    const kept = memento();
    await kept.update('openedSample', 3);
    assert.equal(await takeSampleMark(kept, ['3']), undefined);
  });
});
