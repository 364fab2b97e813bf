import assert from 'node:assert/strict';
import { INITIAL_VIEW, parseView, type ViewState } from '../../../../webview/model/page';

describe('what a page has kept of how it was set', () => {
  it('is taken over', () => {
    const view: ViewState = {
      sort: { column: 'ediemIqr', descending: true },
      filter: { text: 'q_proj', show: 'pinned' },
      helpOpen: true,
      hidden: ['bytes'],
    };
    assert.deepEqual(parseView(JSON.parse(JSON.stringify(view))), view);
  });

  it('is as at first in each part that this version does not know', () => {
    for (const kept of [undefined, null, 'x', [], {}, { sort: { column: 'gone' }, filter: { text: 1 } }])
      assert.deepEqual(parseView(kept), INITIAL_VIEW);
    assert.deepEqual(parseView({ sort: { column: 'toString' }, helpOpen: true, hidden: ['module', 'x'] }), {
      ...INITIAL_VIEW,
      helpOpen: true,
    });
  });
});
