import assert from 'node:assert/strict';
import * as path from 'node:path';
import { modelName } from '../../../../src/core/checkpoint/naming';
import {
  doubtOf,
  nearestEntry,
  withEntry,
  type Doubt,
  type Hint,
} from '../../../../src/host/models/findModels';

const doubt = (base: string, aligned: string, hint?: Hint): Doubt | undefined =>
  doubtOf({ base, aligned }, hint);
const snapshot = (repo: string): string => `/cache/models--${repo.replace('/', '--')}/snapshots/0a1b2c`;

describe('doubt about base and aligned model', () => {
  it('is undefined if names and adapter agree, or show nothing', () => {
    const hint = { name: '../aligned', path: '/models/aligned' };
    assert.equal(doubt('/models/base', '/models/aligned', hint), undefined);
    assert.equal(doubt('/models/base', '/models/aligned'), undefined);
    assert.equal(doubt('/a/mine', '/a/yours'), undefined);
  });

  it('arises if the adapter names the base as its aligned model, by its place', () => {
    assert.equal(doubt('/a/mine', '/a/yours', { name: 'some/other', path: '/a/mine' }), 'base-is-named');
  });

  it('or by its name, if that model is not on this machine', () => {
    const hint = { name: 'org/Mine-7B', path: undefined };
    assert.equal(doubt('/a/mine-7b', '/a/yours', hint), 'base-is-named');
    assert.equal(doubt('/a/yours', '/a/mine-7b', hint), undefined);
  });

  it('does not arise if both are the same: the engine refuses that with its own reason', () => {
    const hint = { name: 'base', path: '/models/base' };
    assert.equal(doubt('/models/base', '/models/base', hint), undefined);
  });

  it('arises if publishers name them the other way around', () => {
    assert.equal(doubt('/models/aligned', '/models/base'), 'names-swapped');
    const [chat, plain] = [snapshot('org/Llama-2-7b-chat-hf'), snapshot('org/Llama-2-7b-hf')];
    assert.equal(doubt(chat, plain), 'names-swapped');
    assert.equal(doubt(plain, chat), undefined);
  });
});

describe('the name of a model', () => {
  it('is the repo id of a snapshot in the cache, else the path', () => {
    assert.equal(modelName(snapshot('org/Chat-7B')), 'org/Chat-7B');
    assert.equal(modelName('C:\\hub\\models--org--a--b\\snapshots\\0a\\'), 'org/a--b');
    assert.equal(modelName('/models/chat'), '/models/chat');
  });
});

const root = path.resolve('/home/ann/space');
const adapter = path.join(root, 'runs', 'a', 'adapter_model.safetensors');
const pair = (name: string): { base: string; aligned: string } => ({ base: `${name}-b`, aligned: name });

describe('models by adapter folder', () => {
  it('come from the nearest entry, up to the workspace folder and not above', () => {
    const all = { 'runs/a': pair('own'), runs: pair('runs'), '.': pair('root'), '..': pair('above') };
    for (const key of ['runs/a', 'runs', '.'] as const) {
      assert.deepEqual(nearestEntry(all, root, adapter), all[key]);
      Reflect.deleteProperty(all, key);
    }
    assert.equal(nearestEntry(all, root, adapter), undefined);
  });

  it('do not come from the prototype', () => {
    const hostile = path.join(root, 'constructor', 'adapter_model.safetensors');
    assert.equal(nearestEntry({}, root, hostile), undefined);
  });

  it('are changed for one folder only; other entries stay as the user wrote them', () => {
    const saved = { 'runs/a': pair('a'), typo: { base: 'b', alinged: 'x' }, c: pair('c') };
    const changed = withEntry(saved, root, adapter, pair('new'));
    assert.deepEqual(Object.entries(changed), [
      ['runs/a', pair('new')],
      ['typo', saved.typo],
      ['c', saved.c],
    ]);
    assert.deepEqual(withEntry(saved, root, path.join(root, 'w'), pair('d')), { ...saved, '.': pair('d') });
    for (const nothing of [undefined, null, [], 'text'])
      assert.deepEqual(withEntry(nothing, root, adapter, pair('a')), { 'runs/a': pair('a') });
  });

  it('are relative if they are in the workspace folder', () => {
    const [base, aligned] = [path.join(root, 'models', 'base'), `${root}-other`];
    assert.deepEqual(withEntry({}, root, adapter, { base, aligned }), {
      'runs/a': { base: 'models/base', aligned },
    });
    assert.deepEqual(withEntry({}, root, adapter, { base: 'owner/name', aligned: root }), {
      'runs/a': { base: 'owner/name', aligned: root },
    });
  });
});
