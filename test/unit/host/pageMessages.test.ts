import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  parseComparison,
  parseComparisonMessage,
  parseInspectorMessage,
  parsePanelMessage,
  parsePersisted,
} from '../../../src/host/pageMessages';
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

describe('a page that compares adapters', () => {
  it('is restored with all of its adapters, or not at all', () => {
    const restored = (kind: unknown, adapters: unknown) => parseComparison({ request: { kind, adapters } });
    assert.deepEqual(restored('pair', ['/a', '/b']), { kind: 'pair', adapters: ['/a', '/b'] });
    assert.deepEqual(restored('run', ['/a']), { kind: 'run', adapters: ['/a'] });
    for (const adapters of [[], ['/a'], ['/a', ''], ['/a', 1], '/a'])
      assert.equal(restored('pair', adapters), null);
    assert.equal(restored('other', ['/a', '/b']), null);
    for (const state of [undefined, null, {}, { request: 1 }]) assert.equal(parseComparison(state), null);
  });

  it('names adapters by their place', () => {
    const open = { type: 'open', adapter: 1, module: null };
    assert.deepEqual(parseComparisonMessage(open), open);
    assert.deepEqual(parseComparisonMessage({ ...open, module: 'a.q' }), { ...open, module: 'a.q' });
    for (const change of [
      { adapter: -1 },
      { adapter: '/a' },
      { module: 1 },
      { module: undefined },
      { more: 1 },
    ])
      assert.equal(parseComparisonMessage({ ...open, ...change }), null);
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
