import type { EngineApi } from '../protocol/engineApi';
import { serve, type Port, type RpcMessage } from '../protocol/rpc';
import { analyze } from './analyze';
import { check } from './check';
import { compare } from './compare';
import { inspect } from './inspect';
import { prune } from './prune';
import { MeasureCache } from './measureCache';
import { endWithParent } from './orphanWatch';
import { WorkerPool } from './workers/pool';
import { verbatim } from '../core/message';

/** A job that does not stop after its parent is gone is ended: an orphan must not hold files or memory. */
const ORPHAN_GRACE_MS = 3000;
/** And one whose main thread is too busy to hear of it, a little later. */
const BUSY_ORPHAN_GRACE_MS = 4000;

/** The parent process as a port. */
const parent: Port = {
  // The parent may exit at any moment: a message that it no longer reads is not an error.
  post: (message) => process.send?.(message, undefined, undefined, () => undefined),
  onMessage: (listener) => {
    process.on('message', (message) => {
      // Only `process.ts` of the same version speaks on this channel.
      listener(message as RpcMessage);
    });
  },
  onClose: (listener) => {
    process.once('disconnect', () => {
      listener({ code: 'engine-crashed', message: verbatim('The parent process is gone.') });
    });
  },
};

const memory = { pool: new WorkerPool(), cache: new MeasureCache() };

serve<EngineApi>(parent, {
  analyze: (request, context) => analyze(request, context, memory),
  prune,
  inspect,
  check,
  compare,
});

process.once('disconnect', () => {
  setTimeout(() => process.exit(0), ORPHAN_GRACE_MS).unref();
});
endWithParent(BUSY_ORPHAN_GRACE_MS);
// A terminal's Ctrl+C reaches the whole process group: the parent decides, by cancelling or disconnecting.
process.on('SIGINT', () => undefined);
