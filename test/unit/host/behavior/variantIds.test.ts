import assert from 'node:assert/strict';
import { variantIds } from '../../../../src/host/behavior/variantIds';
import { suiteFolders } from '../../../../src/host/behavior/suiteFolders';

describe('the names of other adapters in an evaluation', () => {
  it('are those of their folders, each once and without what has no place in a name', () => {
    const folders = ['/a/run', '/b/run', '/c/adapter', '/d/.hidden [x]', '/e/💥'];
    const variants = variantIds(folders.map((folder) => `${folder}/adapter_model.safetensors`));
    assert.deepEqual(
      variants.map(({ id }) => id),
      ['run', 'run 2', 'adapter 2', 'hidden -x-', 'other'],
    );
  });
});

describe('folders with suites', () => {
  it('come with the kinds that they have, those near the adapter first', () => {
    const files = ['/w/far/away/task.jsonl', '/w/suites/task.jsonl', '/w/suites/harmful.jsonl'];
    assert.deepEqual(suiteFolders(files, '/w/adapter/adapter_model.safetensors'), [
      { path: '/w/suites', kinds: ['harmful', 'task'] },
      { path: '/w/far/away', kinds: ['task'] },
    ]);
  });
});
