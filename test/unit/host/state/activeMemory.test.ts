import assert from 'node:assert/strict';
import { ActiveMemory } from '../../../../src/host/state/activeMemory';
import { AdapterStore } from '../../../../src/host/state/analysisStore';
import { memento } from '../../../support/memento';
import { adapterStore } from '../../../support/adapterStore';

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const fail = (thrown: unknown): void => assert.fail(String(thrown));

function storeWith(...adapters: readonly string[]): AdapterStore {
  const store = adapterStore();
  for (const adapter of adapters) store.add(adapter);
  return store;
}

describe('the adapter that was followed', () => {
  it('is followed again after a reload', async () => {
    const kept = memento();
    const before = storeWith('/a', '/b');
    new ActiveMemory(before, kept, fail);
    before.setActive('/a');
    before.setActive('/b');
    await tick();
    const after = storeWith('/a', '/b');
    new ActiveMemory(after, kept, fail).restore();
    assert.equal(after.active?.adapter, '/b');
  });

  it('gives way to what the user chose meanwhile, and is forgotten when deleted', async () => {
    const kept = memento();
    await kept.update('active', '/b');
    const busy = storeWith('/a', '/b');
    const memory = new ActiveMemory(busy, kept, fail);
    busy.setActive('/a');
    memory.restore();
    assert.equal(busy.active?.adapter, '/a');
    const gone = storeWith('/a');
    new ActiveMemory(gone, kept, fail).restore();
    assert.equal(gone.active, null);
  });

  it('is nothing that another version left in its place', async () => {
    const kept = memento();
    await kept.update('active', { adapter: '/a' });
    const store = storeWith('/a');
    new ActiveMemory(store, kept, fail).restore();
    assert.equal(store.active, null);
  });

  it('is kept no more once disposed', async () => {
    const kept = memento();
    const store = storeWith('/a', '/b');
    const memory = new ActiveMemory(store, kept, fail);
    memory.dispose();
    store.setActive('/b');
    await tick();
    assert.equal(kept.get('active'), undefined);
  });
});
