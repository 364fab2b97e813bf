import assert from 'node:assert/strict';
import { relativePaths } from '../../../../src/core/report/relativePaths';

describe('paths of a report', () => {
  it('are relative to the folder that they share', () => {
    const paths = { adapter: '/home/me/work/a/adapter_model.safetensors', base: '/home/me/work/base' };
    assert.deepEqual(relativePaths(paths), { adapter: 'a/adapter_model.safetensors', base: 'base' });
    const windows = { adapter: 'C:\\work\\a\\x.safetensors', base: 'C:\\work\\base' };
    assert.deepEqual(relativePaths(windows), { adapter: 'a\\x.safetensors', base: 'base' });
  });

  it('name models of the Hugging Face cache by their repo id', () => {
    const aligned = '/home/me/.cache/huggingface/hub/models--org--chat/snapshots/0a1b';
    assert.deepEqual(relativePaths({ adapter: '/runs/a/x.safetensors', aligned }), {
      adapter: 'x.safetensors',
      aligned: 'org/chat',
    });
  });

  it('stay as they are where they share no folder, or are no paths', () => {
    for (const paths of [
      { adapter: '/runs/a', base: '/models/b' },
      { adapter: 'C:\\a', base: 'D:\\b' },
      { adapter: 'a', base: 'org/b' },
    ])
      assert.deepEqual(relativePaths(paths), paths);
    assert.deepEqual(relativePaths({ adapter: '/runs/ab/x', base: '/runs/a/y' }), {
      adapter: 'ab/x',
      base: 'a/y',
    });
  });
});
