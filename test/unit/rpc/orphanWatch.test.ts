import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from '../../support/paths';

describe('the watch over the parent', () => {
  it('ends a process that is too busy to hear that its parent was killed', async () => {
    const file = join(projectRoot, 'test/support/busyOrphan.ts');
    const parent = spawn(process.execPath, ['--import', 'tsx', file, 'parent'], {
      cwd: projectRoot,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    // The stream ends when both processes are gone, since both hold it.
    for await (const text of parent.stdout.setEncoding('utf8')) {
      said += String(text);
      if (said === 'busy') parent.kill('SIGKILL');
    }
    assert.equal(said, 'busy');
  });
});
