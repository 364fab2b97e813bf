import assert from 'node:assert/strict';
import type { SelectionOptions } from '../../../../src/core/selection/types';
import { AdapterStore } from '../../../../src/host/state/analysisStore';
import { NO_CHANGE, type SelectionChange } from '../../../../src/host/state/choices';
import { analysisOf, scored, unscored } from '../../../support/analysisDocument';
import { say, type Message } from '../../../../src/core/message';

const A = '/runs/a/adapter_model.safetensors';
const B = '/runs/b/adapter_model.safetensors';
const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function setUp(remembered = new Map<string, SelectionChange>()): {
  store: AdapterStore;
  defaults: { now: Omit<SelectionOptions, 'pins'> };
  heard: (string | undefined)[];
  /** What reading a result leaves in it. */
  reading: { notes: readonly Message[] | null };
} {
  const reading: { notes: readonly Message[] | null } = { notes: null };
  const defaults: { now: Omit<SelectionOptions, 'pins'> } = {
    now: { rule: { kind: 'top', k: 1 }, rankBy: 'ediemIqr' },
  };
  const store = new AdapterStore({
    read: (document) =>
      reading.notes === null || document.notes === reading.notes
        ? document
        : { ...document, notes: reading.notes },
    defaults: () => defaults.now,
    memory: {
      get: (adapter) => remembered.get(adapter) ?? NO_CHANGE,
      set: (adapter, change) => remembered.set(adapter, change),
    },
  });
  const heard: (string | undefined)[] = [];
  store.onDidChange((adapter) => heard.push(adapter));
  return { store, defaults, heard, reading };
}

const result = analysisOf(
  [
    scored('low', { ediemIqr: 1, cosine: 0.1 }),
    scored('high', { ediemIqr: 9, cosine: 0.9 }),
    scored('middle', { ediemIqr: 5, cosine: 0.5 }),
  ],
  { adapter: A },
);
const going = (store: AdapterStore, adapter = A): string[] =>
  (store.get(adapter)?.verdicts ?? [])
    .filter(({ verdict }) => verdict === 'prune')
    .map(({ module }) => module);

describe('the store of adapters', () => {
  it('applies the default rule to a result', () => {
    const { store } = setUp();
    store.setDocument(A, result);
    assert.deepEqual(going(store), ['high']);
  });

  it('a threshold becomes the value that takes as many modules by another score', () => {
    const { store } = setUp();
    store.setDocument(A, result);
    store.setSelection(A, { rule: { kind: 'threshold', threshold: 4 } });
    assert.deepEqual(going(store), ['high', 'middle']);
    store.setSelection(A, { rankBy: 'cosine' });
    assert.deepEqual(going(store), ['low', 'middle']);
    assert.equal(store.get(A)?.selection.rule.kind, 'threshold');
    store.setSelection(A, { order: 'largest' });
    assert.deepEqual(going(store), ['high', 'middle']);
    const before = store.get(A)?.selection.rule;
    store.setSelection(A, { rankBy: 'cosine', order: 'largest' });
    assert.deepEqual(store.get(A)?.selection.rule, before);
  });

  it('a threshold stays where nothing has a score', () => {
    const { store } = setUp();
    const reason = say('The update is zero: this module changes nothing.');
    store.setDocument(A, analysisOf([unscored('m', 'inactive', reason)], { adapter: A }));
    store.setSelection(A, { rule: { kind: 'threshold', threshold: 4 } });
    store.setSelection(A, { rankBy: 'cosine' });
    assert.deepEqual(store.get(A)?.selection.rule, { kind: 'threshold', threshold: 4 });
  });

  it('tells of each adapter once a tick', async () => {
    const { store, heard } = setUp();
    store.add(B);
    store.setDocument(A, result);
    store.pin(A, ['low'], 'prune');
    store.pin(A, ['high'], 'keep');
    assert.deepEqual(heard, []);
    await tick();
    assert.deepEqual(heard, [undefined, A]);
  });

  it('lets pins win over the rule, and takes them back', () => {
    const { store } = setUp();
    store.setDocument(A, result);
    store.pin(A, ['high'], 'keep');
    store.pin(A, ['low'], 'prune');
    assert.deepEqual(going(store), ['low']);
    store.pin(A, ['low'], 'keep');
    assert.deepEqual(store.get(A)?.selection.pins, { keep: ['high', 'low'], prune: [] });
    store.pin(A, ['low', 'high'], null);
    assert.deepEqual(going(store), ['high']);
  });

  it('keeps what the user chose when the settings change, and follows them in the rest', () => {
    const { store, defaults } = setUp();
    store.setDocument(A, result);
    store.setSelection(A, { rule: { kind: 'top', k: 2 } });
    defaults.now = { rule: { kind: 'none' }, rankBy: 'cosine' };
    store.defaultsChanged();
    assert.deepEqual(going(store), ['low', 'middle']);
  });

  it('takes the natural order of a new score', () => {
    const { store } = setUp();
    store.setDocument(A, result);
    store.setSelection(A, { order: 'smallest' });
    assert.deepEqual(going(store), ['low']);
    store.setSelection(A, { rankBy: 'ediemIqr' });
    assert.equal(store.get(A)?.selection.order, undefined);
    assert.deepEqual(going(store), ['high']);
  });

  it('changes nothing when the rule is refused', () => {
    const remembered = new Map<string, SelectionChange>();
    const { store } = setUp(remembered);
    store.setDocument(A, result);
    assert.throws(() => store.setSelection(A, { rule: { kind: 'fraction', fraction: 7 } }));
    assert.deepEqual(going(store), ['high']);
    assert.equal(remembered.size, 0);
  });

  it('remembers rule and pins across sessions, and forgives pins of modules that are gone', () => {
    const remembered = new Map<string, SelectionChange>();
    const first = setUp(remembered).store;
    first.setDocument(A, result);
    first.pin(A, ['low'], 'prune');
    const second = setUp(remembered).store;
    second.setDocument(A, analysisOf([scored('high')], { adapter: A }));
    assert.deepEqual(going(second), ['high']);
    second.setDocument(A, result);
    assert.deepEqual(going(second), ['low', 'high']);
  });

  it('keeps the old result while a new run is under way or has failed', () => {
    const { store } = setUp();
    store.setDocument(A, result);
    store.setProgress(A, null, []);
    assert.equal(store.get(A)?.document, result);
    store.setFailed(A, { code: 'io', message: say('no') });
    assert.equal(store.get(A)?.document, result);
    assert.equal(store.get(A)?.run.kind, 'failed');
  });

  it('reads a result as its adapter is read, whenever it comes, and all of them again', () => {
    const { store, reading } = setUp();
    reading.notes = [say('first')];
    store.setDocument(A, result, 'a file changed');
    assert.deepEqual(store.get(A)?.document?.notes, [say('first')]);
    store.setFailed(A, { code: 'io', message: say('no') });
    reading.notes = [say('second')];
    store.readingsChanged();
    assert.deepEqual(store.get(A)?.document?.notes, [say('second')]);
    assert.equal(store.get(A)?.stale, 'a file changed');
    assert.equal(store.get(A)?.run.kind, 'failed');
    const { document } = store.get(A) ?? {};
    store.readingsChanged();
    assert.equal(store.get(A)?.document, document);
  });

  it('forgets an adapter that is gone, also as the active one', async () => {
    const { store, heard } = setUp();
    store.setDocument(A, result);
    store.setActive(A);
    assert.equal(store.active?.adapter, A);
    await tick();
    store.remove(A);
    await tick();
    assert.equal(store.active, null);
    assert.deepEqual(store.adapters, []);
    assert.equal(heard.at(-1), undefined);
  });

  it('lists adapters in natural order, folder by folder', () => {
    const { store } = setUp();
    const folders = ['/r/run-splora', '/r/run/checkpoint-1000', '/r/run/checkpoint-200', '/r/run'];
    for (const folder of folders) store.add(`${folder}/adapter_model.safetensors`);
    assert.deepEqual(
      store.adapters.map(({ adapter }) => adapter.slice(0, adapter.lastIndexOf('/'))),
      ['/r/run', '/r/run/checkpoint-200', '/r/run/checkpoint-1000', '/r/run-splora'],
    );
  });

  it('lists the same adapters while nothing changes, and each change at once', () => {
    const { store } = setUp();
    store.add(B);
    const before = store.adapters;
    assert.equal(store.adapters, before);
    store.add(A);
    store.setDocument(A, result);
    assert.deepEqual(
      store.adapters.map(({ adapter, document }) => [adapter, document]),
      [
        [A, result],
        [B, null],
      ],
    );
    store.remove(A);
    assert.deepEqual(store.adapters, before);
  });

  it('is silent once disposed', async () => {
    const { store, heard } = setUp();
    store.add(A);
    store.dispose();
    await tick();
    assert.deepEqual(heard, []);
  });

  it('takes back changes of rule and pins one by one, and brings them back', () => {
    const { store } = setUp();
    store.setDocument(A, result);
    store.pin(A, ['low'], 'prune');
    store.setSelection(A, { rule: { kind: 'top', k: 2 } });
    store.pin(A, ['low'], null);
    assert.deepEqual(going(store), ['high', 'middle']);
    const seen = [1, 2, 3].map(() => [store.undoSelection(A), going(store)]);
    assert.deepEqual(seen, [
      [A, ['low', 'high', 'middle']],
      [A, ['low', 'high']],
      [A, ['high']],
    ]);
    assert.equal(store.undoSelection(A), undefined);
    store.redoSelection(A);
    assert.deepEqual(going(store), ['low', 'high']);
    store.pin(A, ['middle'], 'prune');
    assert.equal(store.redoSelection(A), undefined, 'a new change ends what could be done again');
  });

  it('takes back a drag of the cut as one step', () => {
    const { store } = setUp();
    store.setDocument(A, result);
    for (const k of [2, 3, 2]) store.setSelection(A, { rule: { kind: 'top', k } });
    store.undoSelection(A);
    assert.deepEqual(going(store), ['high']);
  });

  it('without an adapter, takes back the change that was made last', () => {
    const { store } = setUp();
    for (const adapter of [A, B]) {
      store.setDocument(adapter, { ...result, adapter });
      store.pin(adapter, ['low'], 'prune');
    }
    store.pin(A, ['high'], 'keep');
    assert.deepEqual([store.undoSelection(), store.undoSelection(), store.undoSelection()], [A, A, B]);
    assert.equal(store.undoSelection(), undefined);
    assert.equal(store.redoSelection(), B);
  });

  it('drops rule, ranking and pins of the user, which can be taken back', () => {
    const { store } = setUp();
    store.setDocument(A, result);
    store.setSelection(A, { rule: { kind: 'top', k: 3 } });
    store.pin(A, ['high'], 'keep');
    store.resetSelection(A);
    assert.deepEqual(going(store), ['high']);
    store.undoSelection(A);
    assert.deepEqual(going(store), ['low', 'middle']);
  });
});
