import { verbatim } from '../core/message';
import type { AnyApi, Handlers, Port, RpcMessage } from './channel';
import { serve } from './channel';
import { killWithParent } from './orphanWatch';

/** A call that has not stopped by then, after the parent is gone, is ended: an orphan must not hold files or memory. */
const ORPHAN_GRACE_MS = 3000;
/** For a main thread that is too busy for the timer above. */
const BUSY_ORPHAN_GRACE_MS = 4000;

/** Answers the calls of the process that forked this one with `startProcess`, and exits with it. */
export function serveParent<Api extends AnyApi<Api>>(handlers: Handlers<Api>): void {
  const parent: Port = {
    // The parent may exit at any moment; a message that it does not read is no error.
    post: (message) => process.send?.(message, undefined, undefined, () => undefined),
    // The other end is `startProcess` of the same version.
    onMessage: (listener) => process.on('message', (message) => listener(message as RpcMessage)),
    onClose: (listener) =>
      process.once('disconnect', () =>
        listener({ code: 'cancelled', message: verbatim('The parent process is gone.') }),
      ),
  };
  serve(parent, handlers);
  process.once('disconnect', () => {
    setTimeout(() => process.exit(0), ORPHAN_GRACE_MS).unref();
  });
  killWithParent(BUSY_ORPHAN_GRACE_MS);
  // Ctrl+C reaches the whole process group; the parent decides, by cancelling or disconnecting.
  process.on('SIGINT', () => undefined);
}
