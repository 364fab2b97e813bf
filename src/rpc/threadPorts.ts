import { parentPort, type Worker } from 'node:worker_threads';
import type { ErrorData } from '../core/errors';
import { say, type MessageValue } from '../core/message';
import type { Port, RpcMessage } from './channel';

/** @param toError called with the reason when the thread ends */
export function workerPort(worker: Worker, toError: (how: MessageValue) => ErrorData): Port {
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    onMessage: (listener) => worker.on('message', (message: RpcMessage) => listener(message)),
    onClose: (listener) => {
      worker.once('error', (error) =>
        listener(toError(error instanceof Error ? error.message : String(error))),
      );
      worker.once('exit', (code) => listener(toError(say('exit code {0}', code))));
    },
  };
}

/** In a worker thread: its other end. */
export const parentThreadPort: Port = {
  post: (message, transfer) => parentPort?.postMessage(message, transfer),
  onMessage: (listener) => parentPort?.on('message', (message: RpcMessage) => listener(message)),
  // The thread ends with its parent.
  onClose: () => undefined,
};
