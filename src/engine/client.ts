import type { EngineApi } from '../protocol/engineApi';

export interface CallOptions<Event> {
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: Event) => void;
}

/** The engine as its callers (host, CLI) see it: a process of its own behind typed calls. */
export interface Engine {
  /** Rejects with `SploraError`: what the engine said, `cancelled`, or `engine-crashed` when the process died. */
  call<M extends keyof EngineApi>(
    method: M,
    params: EngineApi[M]['params'],
    options?: CallOptions<EngineApi[M]['event']>,
  ): Promise<EngineApi[M]['result']>;
  /** Ends the process; pending calls are rejected. */
  dispose(): Promise<void>;
}
