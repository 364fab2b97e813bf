import assert from 'node:assert/strict';
import * as path from 'node:path';
import { nearestEntry, withEntry } from '../../../../src/host/models/folderEntries';

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
