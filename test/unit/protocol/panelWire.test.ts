import assert from 'node:assert/strict';
import { panelDocument } from '../../../src/protocol/panelDocument';
import type { HostToPanel } from '../../../src/protocol/panel';
import { decodeMessage, encodeMessage } from '../../../src/protocol/panelWire';
import { mockDocument } from '../../webview/mockAdapters';

describe('panelWire', () => {
  it('brings a message through as it was, whatever its names are made of', () => {
    const document = { ...panelDocument(mockDocument(7), String), notes: ['ü \u2028 "\\" \u{1F9EA} \0'] };
    const pins = { keep: ['a'], prune: [] };
    const selection = { rule: { kind: 'top', k: 3 }, rankBy: 'reversal', order: 'largest', pins } as const;
    const message: HostToPanel = { type: 'document', document, selection, revision: 0 };
    assert.deepEqual(decodeMessage(encodeMessage(message)), message);
  });

  it('brings long columns through bit for bit, with what is missing, also from an odd place in a buffer', () => {
    const document = panelDocument(mockDocument(300), String);
    const pins = { keep: document.modules.names, prune: [] };
    const selection = { rule: { kind: 'top', k: 3 }, rankBy: 'reversal', pins } as const;
    const message: HostToPanel = { type: 'document', document, selection, revision: 2 };
    const bytes = encodeMessage(message);
    assert.ok(bytes.length < JSON.stringify(message).length);
    const moved = new Uint8Array(bytes.length + 3);
    moved.set(bytes, 3);
    assert.deepEqual(decodeMessage(moved.subarray(3)), message);
  });

  it('owns its bytes: what is handed over must not drag a pool along', () => {
    const bytes = encodeMessage({ type: 'reveal', module: 'model.layers.0.self_attn.q_proj' });
    assert.equal(bytes.byteLength, bytes.buffer.byteLength);
    assert.equal(Object.getPrototypeOf(bytes), Uint8Array.prototype);
  });
});
