import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { itInFolder } from '../support/temporaryFolder';
import { cli } from './runCli';

describe('splora suite', () => {
  itInFolder('converts a file, and says what it left out', async (folder) => {
    const file = path.join(folder, 'questions.txt');
    await writeFile(file, 'one\ntwo\none\n');
    const unknown = await cli('suite', 'import', file);
    assert.deepEqual([unknown.code, /kind of the prompts is unknown .*--kind/.test(unknown.err)], [2, true]);
    const { code, out } = await cli('suite', 'import', file, '--kind', 'harmful');
    assert.equal(code, 0);
    assert.match(
      out,
      /^harmful: 2 prompts, .*questions\.harmful\.jsonl\n- 1 row was left out: a duplicate prompt or id/,
    );
    const again = await cli('suite', 'import', file, '--kind', 'harmful');
    assert.deepEqual([again.code, again.err.includes('already exists')], [2, true]);
  });

  itInFolder('makes suites from a training file', async (folder) => {
    const task = path.join(folder, 'train.jsonl');
    await writeFile(task, '{"instruction":"add","input":"1 2","output":"3"}\n');
    const out = path.join(folder, 'suites');
    const made = await cli('suite', 'new', '--task', task, '--out', out);
    assert.equal(made.code, 0, made.err);
    assert.match(made.out, /^task: 1 prompts/);
    assert.match(await readFile(path.join(out, 'README.md'), 'utf8'), /harmful\.jsonl/);
  });
});
