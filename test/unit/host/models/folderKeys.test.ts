import assert from 'node:assert/strict';
import * as path from 'node:path';
import {
  ancestors,
  keyIn,
  nearest,
  shorten,
  withEntry,
  withoutEntry,
} from '../../../../src/host/models/folderKeys';
import type { ModelPair } from '../../../../src/host/settingDefinitions';

const root = path.resolve('/home/ann/space');
const adapter = path.join(root, 'runs', 'a', 'adapter_model.safetensors');
const pair = (name: string): { base: string; aligned: string } => ({ base: `${name}-b`, aligned: name });

describe('folder keys', () => {
  it('finds the nearest entry, up to the workspace folder and not above', () => {
    const nearestOf = (entries: Readonly<Record<string, ModelPair>>) => nearest(entries, root, adapter);
    const folder = path.dirname(adapter);
    const own = nearestOf({ 'runs/a': pair('own'), '.': pair('root') });
    assert.deepEqual(own, { folder, pair: pair('own') });
    const above = nearestOf({ runs: pair('runs'), '.': pair('root') });
    assert.deepEqual(above, { folder: path.dirname(folder), pair: pair('runs') });
    assert.deepEqual(nearestOf({ '.': pair('root') }), { folder: root, pair: pair('root') });
    assert.equal(nearestOf({ '..': pair('above') }), undefined);
  });

  it('takes no key from the prototype', () => {
    const hostile = path.join(root, 'constructor', 'adapter_model.safetensors');
    assert.equal(nearest({}, root, hostile), undefined);
  });

  it('names folders with slashes, and the root with a dot', () => {
    assert.equal(keyIn(root, path.join(root, 'a', 'b')), 'a/b');
    assert.equal(keyIn(root, root), '.');
  });

  it('shortens only what lies in the workspace folder', () => {
    assert.equal(shorten(path.join(root, 'models', 'base'), root), 'models/base');
    assert.equal(shorten(`${root}-other`, root), `${root}-other`);
    assert.equal(shorten('owner/name', root), 'owner/name');
  });

  it('lists a folder and all above it', () => {
    const all = ancestors(root);
    assert.equal(all[0], root);
    assert.equal(all.at(-1), path.parse(root).root);
  });

  it('changes one entry of a setting, and leaves what else people wrote, valid or not', () => {
    const saved = { a: pair('a'), typo: { base: 'b', alinged: 'x' }, c: pair('c') };
    assert.deepEqual(Object.entries(withEntry(saved, 'a', pair('new'))), [
      ['a', pair('new')],
      ['typo', saved.typo],
      ['c', saved.c],
    ]);
    assert.deepEqual(withEntry(saved, 'd', pair('d')), { ...saved, d: pair('d') });
    assert.deepEqual(withoutEntry(saved, 'c'), { a: saved.a, typo: saved.typo });
    for (const nothing of [undefined, null, [], 'text'])
      assert.deepEqual(withEntry(nothing, 'a', pair('a')), { a: pair('a') });
  });

  it('takes nothing out where there is nothing, and the setting itself with its last entry', () => {
    const saved = { a: pair('a') };
    assert.equal(withoutEntry(saved, 'constructor'), saved);
    assert.equal(withoutEntry(undefined, 'a'), undefined);
    assert.equal(withoutEntry(saved, 'a'), undefined);
  });
});
