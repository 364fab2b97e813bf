import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { withFileLock } from '../../../src/io/fileLock';
import { processNamespace } from '../../../src/io/processes';
import { rejection } from '../../support/rejection';
import { itInFolder } from '../../support/temporaryFolder';

const lockText = (pid: number, namespace = processNamespace()): string => `splora ${namespace} ${pid}\n`;
/** The id of a process that has ended. */
const ended = (): number => spawnSync(process.execPath, ['--version']).pid;

/** Takes the lock and says whether it got it. */
async function got(file: string): Promise<boolean> {
  let has = false;
  await withFileLock(file, () => Promise.resolve((has = true)));
  return has;
}

describe('withFileLock', () => {
  itInFolder('lets one run at a time use a file, and leaves nothing behind', async (folder) => {
    const file = path.join(folder, 'run.journal');
    const result = await withFileLock(file, async () => {
      assert.equal(await readFile(`${file}.lock`, 'utf8'), lockText(process.pid));
      const { file: named } = await rejection(got(file), 'bad-request', new RegExp(`process ${process.pid}`));
      assert.equal(named, `${file}.lock`);
      assert.ok(await got(path.join(folder, 'other.journal')));
      return 5;
    });
    assert.equal(result, 5);
    await assert.rejects(
      withFileLock(file, () => Promise.reject(new Error('broken'))),
      /^Error: broken$/,
    );
    assert.ok(await got(file));
    assert.deepEqual(await readdir(folder), []);
  });

  itInFolder('refuses a file that another process uses', async (folder) => {
    const file = path.join(folder, 'run.journal');
    await writeFile(`${file}.lock`, lockText(process.ppid));
    await rejection(got(file), 'bad-request', new RegExp(`process ${process.ppid}`));
    // Of another machine: whether the process runs cannot be known here.
    const elsewhere = lockText(ended(), '00000000');
    await writeFile(`${file}.lock`, elsewhere);
    await rejection(got(file), 'bad-request');
    assert.equal(await readFile(`${file}.lock`, 'utf8'), elsewhere);
  });

  itInFolder('takes over what a process left that was killed', async (folder) => {
    const file = path.join(folder, 'run.journal');
    // Of a process before this one that had the same id, as in containers.
    for (const pid of [ended(), process.pid]) {
      await writeFile(`${file}.lock`, lockText(pid));
      assert.ok(await got(file));
    }
    await writeFile(`${file}.lock`, '');
    await rejection(got(file), 'bad-request', /using the same file$/);
    const longAgo = new Date(Date.now() - 3_600_000);
    await utimes(`${file}.lock`, longAgo, longAgo);
    assert.ok(await got(file));
    assert.deepEqual(await readdir(folder), []);
  });

  itInFolder('knows a file by all its names', async (folder) => {
    const [file, other] = [path.join(folder, 'run.journal'), path.join(folder, 'link')];
    await symlink(folder, path.join(folder, 'here'));
    await withFileLock(file, async () => {
      await rejection(got(path.join(folder, 'here', 'run.journal')), 'bad-request');
      await writeFile(file, '');
      await symlink(file, other);
      await rejection(got(other), 'bad-request');
    });
  });

  it('locks no device, and nothing without a file', async () => {
    assert.ok(await withFileLock(undefined, () => Promise.resolve(true)));
    if (process.platform !== 'win32') assert.ok(await withFileLock('/dev/null', () => got('/dev/null')));
  });
});
