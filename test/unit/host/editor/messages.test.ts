import assert from 'node:assert/strict';
import { parseInspectorMessage } from '../../../../src/host/editor/messages';

describe('messages of the inspector page', () => {
  it('are taken when they are ours', () => {
    assert.deepEqual(parseInspectorMessage({ type: 'ready' }), { type: 'ready' });
  });
  it('are refused when they are not', () => {
    const strange = [
      null,
      'ready',
      {},
      { type: 'delete' },
      { type: 'analyze', uri: 'file:///etc/passwd' },
      { type: ['ready'] },
    ];
    for (const message of strange) assert.equal(parseInspectorMessage(message), null);
  });
});
