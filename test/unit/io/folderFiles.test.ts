import assert from 'node:assert/strict';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileInFolder, listFolder, readSmallFile } from '../../../src/io/folderFiles';
import { rejection } from '../../support/rejection';
import { inTemporaryFolder } from '../../support/temporaryFolder';
import { english } from '../../support/english';

describe('fileInFolder', () => {
  it('takes files, and links that stay inside; the folder itself may be a link', async () => {
    await inTemporaryFolder(async (root) => {
      const folder = join(root, 'model');
      await mkdir(join(folder, 'sub'), { recursive: true });
      await writeFile(join(folder, 'sub', '..x'), '');
      await symlink(join('sub', '..x'), join(folder, 'link'));
      await symlink('model', join(root, 'alias'));
      assert.equal(await fileInFolder(folder, 'link'), join(folder, 'link'));
      assert.equal(await fileInFolder(join(root, 'alias'), 'link'), join(root, 'alias', 'link'));
    });
  });

  it('refuses links that lead out, nowhere or back', async () => {
    await inTemporaryFolder(async (root) => {
      const folder = join(root, 'model');
      await mkdir(folder);
      await writeFile(join(root, 'secret'), '');
      await mkdir(join(root, 'model-2'));
      await writeFile(join(root, 'model-2', 'x'), '');
      await symlink(join('..', 'secret'), join(folder, 'out'));
      await symlink(join('..', 'model-2', 'x'), join(folder, 'beside'));
      await symlink('none', join(folder, 'nowhere'));
      await symlink('loop', join(folder, 'loop'));
      assert.match(
        english((await rejection(fileInFolder(folder, 'out'), 'bad-index')).message),
        /a link that points outside its folder/,
      );
      await rejection(fileInFolder(folder, 'beside'), 'bad-index');
      await rejection(fileInFolder(folder, 'nowhere'), 'not-found');
      await rejection(fileInFolder(folder, 'loop'), 'io');
    });
  });

  it('lets a snapshot of the Hugging Face cache lead to its own blobs only', async () => {
    await inTemporaryFolder(async (root) => {
      const repo = join(root, 'hub', 'models--o--m');
      const snapshot = join(repo, 'snapshots', 'abc');
      for (const folder of [snapshot, join(repo, 'blobs'), join(root, 'hub', 'models--o--n')])
        await mkdir(folder, { recursive: true });
      await writeFile(join(repo, 'blobs', '1'), '');
      await writeFile(join(root, 'hub', 'models--o--n', '2'), '');
      await symlink(join('..', '..', 'blobs', '1'), join(snapshot, 'own'));
      await symlink(join('..', '..', '..', 'models--o--n', '2'), join(snapshot, 'other'));
      assert.equal(await fileInFolder(snapshot, 'own'), join(snapshot, 'own'));
      await rejection(fileInFolder(snapshot, 'other'), 'bad-index');
    });
  });
});

describe('readSmallFile', () => {
  it('reads a whole file, nothing where there is none, and refuses a large one', async () => {
    await inTemporaryFolder(async (folder) => {
      const path = join(folder, 'x');
      assert.equal(await readSmallFile(path, 3), undefined);
      await writeFile(path, 'abc');
      assert.deepEqual(Buffer.from((await readSmallFile(path, 3)) ?? []), Buffer.from('abc'));
      await rejection(readSmallFile(path, 2), 'io');
      await rejection(readSmallFile(folder, 2), 'io');
    });
  });
});

describe('listFolder', () => {
  it('lists in order, and says what it cannot list', async () => {
    await inTemporaryFolder(async (folder) => {
      for (const name of ['b', 'a', '10', '2']) await writeFile(join(folder, name), '');
      assert.deepEqual(await listFolder(folder), ['10', '2', 'a', 'b']);
      await rejection(listFolder(join(folder, 'none')), 'not-found');
      await rejection(listFolder(join(folder, 'a')), 'not-found');
    });
  });
});
