import assert from 'node:assert/strict';
import { existsSync, mkdirSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { processNamespace } from '../../../src/io/processes';
import { withTemporaryFolder } from '../../../src/io/temporaryFolder';

/** No system gives this process id to anything. */
const NO_PROCESS = 4_194_305;

describe('withTemporaryFolder', () => {
  it('is gone afterwards, also after an error', async () => {
    let folder = '';
    const text = await withTemporaryFolder(async (made) => {
      folder = made;
      if (process.platform !== 'win32') assert.equal((await stat(made)).mode & 0o777, 0o700);
      await writeFile(join(made, 'file'), 'text');
      return await readFile(join(made, 'file'), 'utf8');
    });
    assert.deepEqual([text, existsSync(folder)], ['text', false]);
    await assert.rejects(
      withTemporaryFolder((made) => {
        folder = made;
        return Promise.reject(new Error('stop'));
      }),
      /stop/,
    );
    assert.ok(!existsSync(folder));
  });

  it('removes what killed processes left, and nothing else', async () => {
    await withTemporaryFolder(async (folder) => {
      const name = (pid: number): string =>
        join(dirname(folder), `splora-work-${processNamespace()}-${pid}-abcdef`);
      const [left, other] = [name(NO_PROCESS), join(dirname(folder), `splora-work-${NO_PROCESS}-other`)];
      mkdirSync(left, { recursive: true });
      mkdirSync(other, { recursive: true });
      await withTemporaryFolder(() => {
        assert.deepEqual([existsSync(left), existsSync(other), existsSync(folder)], [false, true, true]);
        return Promise.resolve();
      });
      const { rmdirSync } = await import('node:fs');
      rmdirSync(other);
    });
  });
});
