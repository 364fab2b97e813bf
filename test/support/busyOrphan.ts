/**
 * `parent`: starts the child and waits. `child`: watches its parent, says `busy` and then hears of nothing for as long as
 * any test waits. Both write to the standard output that the test gave.
 */
import { fork } from 'node:child_process';
import { writeSync } from 'node:fs';
import { killWithParent } from '../../src/rpc/orphanWatch';

const BUSY_MS = 240_000;

if (process.argv[2] === 'parent') {
  fork(__filename, ['child'], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
} else {
  killWithParent(0);
  writeSync(1, 'busy');
  for (const end = Date.now() + BUSY_MS; Date.now() < end;);
  writeSync(1, ' and never ended');
}
