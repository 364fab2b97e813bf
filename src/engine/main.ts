import { availableParallelism } from 'node:os';
import type { EngineApi } from '../protocol/engineApi';
import { serve, type Port, type RpcMessage } from '../protocol/rpc';
import { analyze } from './analyze';
import { compare } from './compare';
import { inspect } from './inspect';
import type { DenseAlgebra } from './ort';
import { prune } from './prune';
import { JobQueue } from './jobQueue';

/** A job that does not stop after its parent is gone is ended: an orphan must not hold files or memory. */
const ORPHAN_GRACE_MS = 3000;

/** The parent process as a port. */
const parent: Port = {
  post: (message) => process.send?.(message),
  onMessage: (listener) => {
    process.on('message', (message) => {
      // Only `process.ts` of the same version speaks on this channel.
      listener(message as RpcMessage);
    });
  },
  onClose: (listener) => {
    process.once('disconnect', () => {
      listener({ code: 'engine-crashed', message: 'The parent process is gone.' });
    });
  },
};

const queue = new JobQueue();
let algebra: Promise<DenseAlgebra> | undefined;

/** ONNX Runtime is loaded by the first job that multiplies: inspecting and pruning by hand do without it. */
function denseAlgebra(threads: number): Promise<DenseAlgebra> {
  algebra ??= import('./ort').then(({ DenseAlgebra }) => DenseAlgebra.create(threads));
  return algebra;
}

serve<EngineApi>(parent, {
  analyze: (request, context) =>
    queue.run(context.signal, async () =>
      analyze(request, context, await denseAlgebra(request.threads ?? availableParallelism())),
    ),
  prune: (request, context) => prune(request, { signal: context.signal, progress: context.emit }),
  inspect: (request, { signal }) => inspect(request, { signal, progress: () => undefined }),
  compare: (request, context) => compare(request, { signal: context.signal, progress: context.emit }),
});

process.once('disconnect', () => {
  setTimeout(() => process.exit(0), ORPHAN_GRACE_MS).unref();
});
// A terminal's Ctrl+C reaches the whole process group: the parent decides, by cancelling or disconnecting.
process.on('SIGINT', () => undefined);
