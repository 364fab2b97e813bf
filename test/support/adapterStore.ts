import { NO_CHANGE } from '../../src/host/state/choices';
import { AdapterStore, type StoreParts } from '../../src/host/state/analysisStore';

/** A store for tests: nothing is remembered, results are read as they come, and no rule takes anything, unless given. */
export function adapterStore(parts: Partial<StoreParts> = {}): AdapterStore {
  return new AdapterStore({
    read: (document) => document,
    defaults: () => ({ rule: { kind: 'none' }, rankBy: 'ediemIqr' }),
    memory: { get: () => NO_CHANGE, set: () => undefined },
    ...parts,
  });
}
