import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { appendFile, mkdir, open, readdir, rename, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openByteSource, readIntoSync } from '../../../src/io/byteSource';
import { rejection, thrownData } from '../../support/rejection';
import { skipBecause } from '../../support/skip';
import { inTemporaryFolder, itInFolder } from '../../support/temporaryFolder';
import { english } from '../../support/english';

const BYTES = Uint8Array.from({ length: 100 }, (_, i) => i);

/** Runs `work` with an open source of 100 bytes. */
async function withSource(
  work: (source: Awaited<ReturnType<typeof openByteSource>>, folder: string) => Promise<void>,
): Promise<void> {
  await inTemporaryFolder(async (folder) => {
    const path = join(folder, 'x');
    await writeFile(path, BYTES);
    const source = await openByteSource(path);
    try {
      await work(source, folder);
    } finally {
      await source.close();
    }
  });
}

describe('ByteSource', () => {
  it('reads any piece', () =>
    withSource(async (source) => {
      assert.equal(source.size, 100);
      const target = new Uint8Array(12);
      await source.readInto(target.subarray(2, 7), 90);
      assert.deepEqual([...target], [0, 0, 90, 91, 92, 93, 94, 0, 0, 0, 0, 0]);
      await source.readInto(new Uint8Array(0), 100);
      await source.assertUnchanged();
    }));

  it('continues after short reads, as from network disks and pipes', () =>
    withSource(async (source) => {
      const handle = await open(source.path);
      const prototype = Object.getPrototypeOf(handle) as { read: (...args: unknown[]) => Promise<unknown> };
      const original = prototype.read;
      prototype.read = function (buffer: unknown, offset: unknown, length: unknown, position: unknown) {
        return original.call(this, buffer, offset, Math.min(Number(length), 7), position);
      };
      try {
        const target = new Uint8Array(100);
        await source.readInto(target, 0);
        assert.deepEqual(target, BYTES);
      } finally {
        prototype.read = original;
        await handle.close();
      }
    }));

  it('says that the file became shorter', () =>
    withSource(async (source) => {
      await truncate(source.path, 40);
      const data = await rejection(source.readInto(new Uint8Array(50), 20), 'io');
      assert.equal(
        english(data.message),
        'The file became shorter (it now ends at byte 40) while it was being read',
      );
      assert.equal(data.file, source.path);
    }));

  it('says that the file was changed, replaced or removed', async () => {
    await withSource(async (source) => {
      await appendFile(source.path, 'x');
      await rejection(source.assertUnchanged(), 'io', /was changed while/);
    });
    await withSource(async (source) => {
      await utimes(source.path, 1, 1);
      await rejection(source.assertUnchanged(), 'io', /was changed while/);
    });
    await withSource(async (source, folder) => {
      await writeFile(join(folder, 'y'), BYTES);
      await rename(join(folder, 'y'), source.path);
      await rejection(source.assertUnchanged(), 'io', /was replaced while/);
      await rename(source.path, join(folder, 'z'));
      await rejection(source.assertUnchanged(), 'not-found');
    });
  });

  itInFolder('refuses folders, pipes and what is not there', async (folder) => {
    await mkdir(join(folder, 'd'));
    await rejection(openByteSource(join(folder, 'd')), 'io');
    const data = await rejection(openByteSource(join(folder, 'none')), 'not-found');
    assert.equal(data.file, join(folder, 'none'));
    if (process.platform === 'win32') return;
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    await rejection(openByteSource(join(folder, 'pipe')), 'io', /a device or pipe/);
  });

  it('leaves no handle open, however it ends', async function () {
    if (process.platform !== 'linux') skipBecause(this, 'only Linux tells which files are open');
    const before = (await readdir('/proc/self/fd')).length;
    for (let i = 0; i < 50; i++) {
      await withSource(async (source) => await source.readInto(new Uint8Array(10), 0));
      await rejection(openByteSource('/'), 'io');
    }
    assert.ok((await readdir('/proc/self/fd')).length <= before + 2);
  });
});

describe('readIntoSync', () => {
  it('reads a piece, and says that the file became shorter', () =>
    withSource((source) => {
      const fd = openSync(source.path, 'r');
      try {
        const target = new Uint8Array(5);
        readIntoSync(fd, target, 10, source.path);
        assert.deepEqual([...target], [10, 11, 12, 13, 14]);
        thrownData(() => readIntoSync(fd, target, 98, source.path), 'io', /ends at byte 100/);
      } finally {
        closeSync(fd);
      }
      thrownData(() => readIntoSync(fd, new Uint8Array(1), 0, source.path), 'io');
      return Promise.resolve();
    }));
});
