import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFile, mkdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { identifyFile, SyncFile } from '../../../src/io/byteSource';
import { rejection, thrownData } from '../../support/rejection';
import { skipBecause } from '../../support/skip';
import { inTemporaryFolder } from '../../support/temporaryFolder';
import { english } from '../../support/english';

const BYTES = Uint8Array.from({ length: 100 }, (_, at) => at);

async function withFile(work: (path: string, folder: string) => Promise<void>): Promise<void> {
  await inTemporaryFolder(async (folder) => {
    const path = join(folder, 'x');
    await writeFile(path, BYTES);
    await work(path, folder);
  });
}

describe('SyncFile', () => {
  it('reads any piece of the file that was identified, also through a link', () =>
    withFile(async (path, folder) => {
      await symlink(path, join(folder, 'link'));
      for (const name of [path, join(folder, 'link')]) {
        const file = SyncFile.open(await identifyFile(name));
        const target = new Uint8Array(4);
        file.readInto(target, 96);
        assert.deepEqual([...target], [96, 97, 98, 99]);
        file.assertUnchanged();
        file.close();
      }
    }));

  it('reports a file that ends before the requested range', () =>
    withFile(async (path) => {
      const file = SyncFile.open(await identifyFile(path));
      const data = thrownData(() => file.readInto(new Uint8Array(10), 95), 'io');
      assert.equal(data.file, path);
      assert.match(english(data.message), /ends at byte 100/);
      file.close();
    }));

  it('does not open another file that took its place', () =>
    withFile(async (path, folder) => {
      const identity = await identifyFile(path);
      await writeFile(join(folder, 'y'), BYTES);
      await rename(join(folder, 'y'), path);
      thrownData(() => SyncFile.open(identity), 'io', /was replaced/);
      await rm(path);
      thrownData(() => SyncFile.open(identity), 'not-found');
      await mkdir(path);
      thrownData(() => SyncFile.open(identity), 'io', /a folder, not a file/);
    }));

  it('sees that it was written or replaced while it was read', () =>
    withFile(async (path, folder) => {
      const file = SyncFile.open(await identifyFile(path));
      await utimes(path, 1, 1);
      thrownData(() => file.assertUnchanged(), 'io', /was changed/);
      await appendFile(path, 'x');
      thrownData(() => file.assertUnchanged(), 'io', /was changed/);
      await rename(path, join(folder, 'away'));
      thrownData(() => file.assertUnchanged(), 'not-found');
      await writeFile(path, BYTES);
      const data = thrownData(() => file.assertUnchanged(), 'io', /was replaced/);
      assert.match(english(data.advice), /Wait until/);
      file.close();
    }));

  it('identifies nothing where nothing is', () =>
    withFile(async (path) => {
      const data = await rejection(identifyFile(`${path}-none`), 'not-found');
      assert.equal(data.file, `${path}-none`);
    }));

  it('does not wait for the writer of a named pipe', function () {
    if (process.platform === 'win32') skipBecause(this, 'Windows has no named pipes in folders');
    return inTemporaryFolder(async (folder) => {
      const pipe = join(folder, 'pipe');
      execFileSync('mkfifo', [pipe]);
      const identity = await identifyFile(pipe);
      thrownData(() => SyncFile.open(identity), 'io', /a device or pipe/);
    });
  });
});
