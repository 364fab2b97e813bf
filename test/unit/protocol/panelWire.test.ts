import assert from 'node:assert/strict';
import { panelDocument } from '../../../src/host/panel/derive';
import type { HostToPanel } from '../../../src/protocol/panel';
import { decodeMessage, encodeMessage } from '../../../src/protocol/panelWire';
import { mockDocument } from '../../webview/mockAdapters';

describe('panelWire', () => {
  it('brings a message through as it was, whatever its names are made of', () => {
    const document = { ...panelDocument(mockDocument(7)), notes: ['ü \u2028 "\\" \u{1F9EA} \0'] };
    const selection = { rule: { kind: 'top', k: 3 }, rankBy: 'reversal', order: 'largest' } as const;
    const message: HostToPanel = {
      type: 'document',
      document,
      selection: { ...selection, verdicts: [0, 1, 2], positions: [null, 1, 2] },
    };
    assert.deepEqual(decodeMessage(encodeMessage(message)), message);
  });

  it('owns its bytes: what is handed over must not drag a pool along', () => {
    const bytes = encodeMessage({ type: 'reveal', module: 'model.layers.0.self_attn.q_proj' });
    assert.equal(bytes.byteLength, bytes.buffer.byteLength);
    assert.equal(Object.getPrototypeOf(bytes), Uint8Array.prototype);
  });
});
