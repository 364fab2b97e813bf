import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseInspectorMessage, parsePanelMessage, parsePersisted } from '../../../src/host/pageMessages';
import type { PanelToHost } from '../../../src/protocol/panel';

const GOOD: readonly PanelToHost[] = [
  { type: 'ready' },
  { type: 'analyze' },
  { type: 'checkLoad' },
  { type: 'checkReport' },
  { type: 'setSelection', change: { rule: { kind: 'top', k: 3 } }, revision: 1 },
  {
    type: 'setSelection',
    change: { rule: { kind: 'fraction', fraction: 0.5 }, rankBy: 'cosine', order: 'largest' },
    revision: 70_000,
  },
  { type: 'setOptions', change: { population: 'all' } },
  { type: 'pin', modules: ['a', '__proto__'], verdict: null, revision: 0 },
  { type: 'export', format: 'sarif' },
  { type: 'revealModule', module: 'a' },
];

const BAD: readonly unknown[] = [
  null,
  'ready',
  { type: 'other' },
  { type: 'ready', more: 1 },
  { type: 'checkLoad', adapter: '/etc/passwd' },
  { type: 'setSelection', change: { rule: { kind: 'top', k: 1.5 } }, revision: 1 },
  { type: 'setSelection', change: { rule: { kind: 'top', k: -1 } }, revision: 1 },
  { type: 'setSelection', change: { rule: { kind: 'threshold', threshold: NaN } }, revision: 1 },
  { type: 'setSelection', change: { rule: { kind: 'fraction', fraction: 2 } }, revision: 1 },
  { type: 'setSelection', change: { rankBy: 'constructor' }, revision: 1 },
  { type: 'setSelection', change: { pins: { keep: [], prune: [] } }, revision: 1 },
  { type: 'setSelection', change: { order: undefined }, revision: 1 },
  { type: 'setSelection', change: {} },
  { type: 'setSelection', change: {}, revision: -1 },
  { type: 'setSelection', change: {}, revision: 1.5 },
  { type: 'setSelection', change: {}, revision: '1' },
  { type: 'setSelection', change: {}, revision: Infinity },
  { type: 'pin', modules: 'a', verdict: 'keep', revision: 0 },
  { type: 'pin', modules: ['a'], verdict: 'keep' },
  { type: 'pin', modules: ['a'.repeat(5000)], verdict: 'keep', revision: 0 },
  { type: 'export', format: 'exe' },
];

describe('parsePanelMessage', () => {
  it('lets through what the page may say, unchanged', () => {
    for (const message of GOOD) assert.deepEqual(parsePanelMessage(message), message);
  });

  it('drops everything else', () => {
    for (const message of BAD) assert.equal(parsePanelMessage(message), null, JSON.stringify(message));
    fc.assert(fc.property(fc.anything(), (message) => parsePanelMessage(message) === null));
  });
});

describe('parsePersisted', () => {
  it('finds the adapter of a restored page', () => {
    assert.deepEqual(parsePersisted({ adapter: '/a', view: {} })?.adapter, '/a');
    for (const state of [undefined, null, {}, { adapter: 1 }, { adapter: '' }])
      assert.equal(parsePersisted(state), null);
  });
});

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
