import assert from 'node:assert/strict';
import { AdapterMemory } from '../../../../src/host/state/choices';
import { memento } from '../../../support/memento';

const parse = (value: unknown): number => (typeof value === 'number' ? value : 0);

describe('AdapterMemory', () => {
  it('keeps a value for each adapter, apart from others of its name', () => {
    const memory = memento();
    const fail = (thrown: unknown): void => assert.fail(String(thrown));
    new AdapterMemory(memory, 'reading:', parse, fail).set('/a', 1);
    const later = new AdapterMemory(memory, 'reading:', parse, fail);
    assert.deepEqual([later.get('/a'), later.get('/b')], [1, 0]);
    assert.equal(new AdapterMemory(memory, 'selection:', parse, fail).get('/a'), 0);
  });

  it('tells what could not be kept', async () => {
    const failures: unknown[] = [];
    const broken = { ...memento(), update: () => Promise.reject(new Error('full')) };
    new AdapterMemory(broken, 'reading:', parse, (thrown) => failures.push(thrown)).set('/a', 1);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(failures.length, 1);
  });
});
