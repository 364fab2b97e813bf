import assert from 'node:assert/strict';
import { mkdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expandHome, findInHubCache, hubCacheFolder, isRepoId, listHubCache } from '../../../src/io/hubCache';
import { itInFolder } from '../../support/temporaryFolder';
import { words } from '../../support/words';

/** A repo as huggingface_hub lays it out: blobs, and snapshots of links to them. */
async function cache(hub: string, repo: string, snapshot: string, files: readonly string[]): Promise<string> {
  const root = join(hub, `models--${repo.replace('/', '--')}`);
  const folder = join(root, 'snapshots', snapshot);
  await mkdir(join(root, 'blobs'), { recursive: true });
  await mkdir(folder, { recursive: true });
  for (const file of files) {
    await writeFile(join(root, 'blobs', `${snapshot}-${file}`), 'x');
    await symlink(join('..', '..', 'blobs', `${snapshot}-${file}`), join(folder, file));
  }
  return folder;
}

async function setMain(hub: string, repo: string, snapshot: string): Promise<void> {
  const refs = join(hub, `models--${repo.replace('/', '--')}`, 'refs');
  await mkdir(refs, { recursive: true });
  await writeFile(join(refs, 'main'), snapshot);
}

describe('hubCacheFolder', () => {
  it('follows the order of huggingface_hub; empty variables do not count', () => {
    const env: NodeJS.ProcessEnv = { HOME: '/home/u' };
    const at = (more: NodeJS.ProcessEnv): string => hubCacheFolder({ ...env, ...more });
    assert.equal(at({}), join('/home/u', '.cache', 'huggingface', 'hub'));
    assert.equal(at({ XDG_CACHE_HOME: '/x' }), join('/x', 'huggingface', 'hub'));
    assert.equal(at({ XDG_CACHE_HOME: '/x', HF_HOME: '~/hf' }), join('/home/u', 'hf', 'hub'));
    assert.equal(at({ HF_HOME: '/hf', HUGGINGFACE_HUB_CACHE: '/old' }), '/old');
    assert.equal(at({ HF_HOME: '/hf', HUGGINGFACE_HUB_CACHE: '/old', HF_HUB_CACHE: '/new' }), '/new');
    assert.equal(at({ HF_HOME: '/hf', HF_HUB_CACHE: '' }), join('/hf', 'hub'));
  });

  it('expands a home folder only where a shell would', () => {
    assert.equal(expandHome('~', { HOME: '/h' }), join('/h'));
    assert.equal(expandHome('~/a', { HOME: '/h' }), join('/h', 'a'));
    assert.equal(expandHome('~user/a', { HOME: '/h' }), '~user/a');
    assert.equal(expandHome('a/~', { HOME: '/h' }), 'a/~');
  });
});

describe('isRepoId', () => {
  it('takes names of the Hub and nothing that could lead elsewhere', () => {
    for (const id of ['gpt2', 'openai-community/gpt2', 'Qwen/Qwen2.5-0.5B', 'a/b_c.d'])
      assert.ok(isRepoId(id), id);
    for (const id of [...words`. .. a/.. ../b a/b/c /a a/ a--b/c a\b ~/a`, '', 'a b', 'C:\\x', 'a\0']) {
      assert.ok(!isRepoId(id), id);
    }
  });
});

describe('findInHubCache', () => {
  itInFolder('finds the snapshot of main', async (hub) => {
    const env = { HF_HUB_CACHE: hub };
    assert.equal(await findInHubCache('o/m', env), undefined);
    await cache(hub, 'o/m', 'newer', ['model.safetensors']);
    const main = await cache(hub, 'o/m', 'main-hash', ['model.safetensors']);
    await setMain(hub, 'o/m', 'main-hash\n');
    await utimes(main, 1, 1);
    assert.equal(await findInHubCache('o/m', env), main);
    assert.equal(await findInHubCache('../o/m', env), undefined);
  });

  itInFolder(
    'takes the newest snapshot without main, and one with weights before one without',
    async (hub) => {
      const env = { HF_HUB_CACHE: hub };
      const old = await cache(hub, 'm', 'old', ['model.safetensors']);
      await utimes(old, 1, 1);
      const recent = await cache(hub, 'm', 'recent', ['model.safetensors']);
      assert.equal(await findInHubCache('m', env), recent);
      await cache(hub, 'm', 'main', ['config.json']);
      await setMain(hub, 'm', 'main');
      assert.equal(await findInHubCache('m', env), recent);
    },
  );

  itInFolder(
    'gives a snapshot without weights when there is no other, and none for a ref that leads out',
    async (hub) => {
      const env = { HF_HUB_CACHE: hub };
      const only = await cache(hub, 'm', 'a', ['config.json']);
      await setMain(hub, 'm', '../../../..');
      assert.equal(await findInHubCache('m', env), only);
    },
  );
});

describe('listHubCache', () => {
  itInFolder('lists models with safetensors by name, and no adapters', async (hub) => {
    await cache(hub, 'z/with', 'a', ['model.safetensors']);
    await cache(hub, 'gpt2', 'a', ['model.safetensors']);
    await cache(hub, 'a/without', 'a', ['pytorch_model.bin']);
    await cache(hub, 'a/adapter', 'a', ['adapter_config.json', 'adapter_model.safetensors']);
    await mkdir(join(hub, 'datasets--a--b', 'snapshots', 'x'), { recursive: true });
    await mkdir(join(hub, 'models--..--..', 'snapshots', 'x'), { recursive: true });
    await writeFile(join(hub, 'version.txt'), '1');
    assert.deepEqual(await listHubCache({ HF_HUB_CACHE: hub }), ['gpt2', 'z/with']);
  });

  itInFolder('takes an odd ref of one model for none', async (hub) => {
    for (const repo of ['folder', 'large', 'loop', 'plain'])
      await cache(hub, repo, 'a', ['model.safetensors']);
    await setMain(hub, 'large', 'x'.repeat(2000));
    await mkdir(join(hub, 'models--folder', 'refs', 'main'), { recursive: true });
    await mkdir(join(hub, 'models--loop', 'refs'));
    await symlink('main', join(hub, 'models--loop', 'refs', 'main'));
    assert.deepEqual(await listHubCache({ HF_HUB_CACHE: hub }), ['folder', 'large', 'loop', 'plain']);
  });

  itInFolder('finds nothing where there is no cache', async (hub) => {
    assert.deepEqual(await listHubCache({ HF_HUB_CACHE: join(hub, 'none') }), []);
    await writeFile(join(hub, 'file'), '');
    assert.deepEqual(await listHubCache({ HF_HUB_CACHE: join(hub, 'file') }), []);
  });
});
