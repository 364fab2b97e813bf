import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { AdapterRefresh } from '../../../../src/host/state/adapterRefresh';
import { Emitter } from '../../../../src/host/state/emitter';
import { analysisOf } from '../../../support/analysisDocument';
import { stateOf } from '../../../support/adapterState';

const EVERY_MS = 100;

describe('what a surface draws again', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
  afterEach(() => mock.timers.reset());

  const setUp = (...names: readonly string[]) => {
    const emitter = new Emitter<string | undefined>();
    const listed = (adapters: readonly string[]) =>
      adapters.map((adapter) => stateOf(analysisOf([], { adapter })));
    const store = { adapters: listed(names), onDidChange: emitter.event };
    const drawn: (readonly string[])[] = [];
    const refresh = new AdapterRefresh(store, EVERY_MS, (adapters) => drawn.push(adapters));
    const list = (...adapters: readonly string[]): void => {
      store.adapters = listed(adapters);
      emitter.fire(undefined);
    };
    return { emitter, drawn, refresh, list };
  };

  it('is notified in bursts, each adapter once', () => {
    const { emitter, drawn } = setUp('a', 'b');
    for (const adapter of ['b', 'a', 'b']) emitter.fire(adapter);
    mock.timers.tick(EVERY_MS - 1);
    assert.deepEqual(drawn, []);
    mock.timers.tick(1);
    assert.deepEqual(drawn, [['b', 'a']]);
    mock.timers.tick(EVERY_MS);
    assert.equal(drawn.length, 1);
  });

  it('is an adapter that left the store too, once', () => {
    const { drawn, list } = setUp('a');
    list('a', 'b');
    list('b');
    mock.timers.tick(EVERY_MS);
    assert.deepEqual(drawn, [['a', 'b']]);
    list();
    mock.timers.tick(EVERY_MS);
    assert.deepEqual(drawn.at(-1), ['b']);
    list('c');
    mock.timers.tick(EVERY_MS);
    assert.deepEqual(drawn.at(-1), ['c']);
  });

  it('is nothing any more once the surface is gone', () => {
    const { emitter, drawn, refresh } = setUp('a');
    emitter.fire('a');
    refresh.dispose();
    mock.timers.tick(EVERY_MS);
    assert.deepEqual(drawn, []);
  });
});
