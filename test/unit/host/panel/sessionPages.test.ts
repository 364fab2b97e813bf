import assert from 'node:assert/strict';
import { mockDocument } from '../../../webview/mockAdapters';
import { ADAPTER, settled, setUp } from './sessionSetUp';

describe('PanelSession of a page that reloads', () => {
  it('sends everything to a page that reloads while the first message is being sent', async () => {
    const { store, session, types } = setUp();
    store.setDocument(ADAPTER, mockDocument(8));
    session.receive({ type: 'ready' });
    session.receive({ type: 'ready' });
    await settled();
    assert.deepEqual(types(), ['init', 'init', 'document', 'run', 'headline']);
  });

  it('reveals a module after the page has the modules', async () => {
    const { store, session, types } = setUp();
    store.setDocument(ADAPTER, mockDocument(8));
    session.reveal('model.layers.0.mlp.up_proj');
    session.receive({ type: 'ready' });
    await settled();
    assert.deepEqual(types(), ['init', 'document', 'run', 'headline', 'reveal']);
  });

  it('reveals a module in the page that comes after one that went first', async () => {
    const { store, session, types } = setUp();
    store.setDocument(ADAPTER, mockDocument(8));
    session.receive({ type: 'ready' });
    session.reveal('model.layers.0.mlp.up_proj');
    session.pageGone();
    await settled();
    assert.deepEqual(types(), ['init'], 'nothing is made for a page that is gone');
    session.receive({ type: 'ready' });
    await settled();
    assert.deepEqual(types(), ['init', 'document', 'run', 'headline', 'reveal']);
    session.receive({ type: 'ready' });
    await settled();
    assert.deepEqual(types(), ['init', 'document', 'run', 'headline'], 'and once only');
  });

  it('sends nothing to a page that reloads before its first message', async () => {
    const { store, session, sent, types } = setUp();
    store.setDocument(ADAPTER, mockDocument(8));
    session.receive({ type: 'ready' });
    session.reveal('model.layers.0.mlp.up_proj');
    for (let turn = 0; turn < 1000 && sent.at(-1)?.type !== 'document'; turn++) await Promise.resolve();
    session.receive({ type: 'ready' });
    await settled();
    assert.deepEqual(types(), ['init', 'document', 'init', 'document', 'run', 'headline', 'reveal']);
  });
});
