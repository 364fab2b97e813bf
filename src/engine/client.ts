import type { EngineApi } from '../protocol/engineApi';
import type { CallOptions } from '../protocol/rpc';

/** The engine as its callers (host, CLI) see it: typed calls to a process of its own, started by the first of them. */
export interface Engine {
  /** Rejects with `SploraError`: what the engine said, `cancelled`, or `engine-crashed` when the process died. */
  call<M extends keyof EngineApi>(
    method: M,
    params: EngineApi[M]['params'],
    options?: CallOptions<EngineApi[M]['event']>,
  ): Promise<EngineApi[M]['result']>;
  /** Of the running process; undefined before the first call and after a crash. */
  readonly pid: number | undefined;
  /** Ends the process, once it has cleaned up; pending calls are rejected. A later call starts it anew. */
  dispose(): Promise<void>;
}

export type { CallOptions };
