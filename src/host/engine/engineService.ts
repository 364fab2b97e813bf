import type { EngineApi } from '../../protocol/engineApi';
import type { Engine } from '../../engine/client';
import type { CallOptions } from '../../protocol/rpc';
import { cancelled, toErrorData } from '../../core/errors';
import { Disposable } from '../disposable';
import { render } from '../../core/message';

/** The part of `vscode.LogOutputChannel` that services write to. */
export interface Log {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

export interface EngineServiceParts {
  /** Starts a process; called on first use, and again after an end. */
  readonly start: () => Engine;
  /** How long a process without work is kept, in milliseconds; asked for each time work ends. */
  readonly idleMs: () => number;
  readonly log: Log;
}

/** Starts the engine on first use and ends it after a grace period. `Engine` itself restarts after a crash. */
export class EngineService extends Disposable {
  readonly #parts: EngineServiceParts;
  #engine: Engine | undefined;
  #calls = 0;
  #idle: NodeJS.Timeout | undefined;

  constructor(parts: EngineServiceParts) {
    super();
    this.#parts = parts;
    this._register({ dispose: () => this.#stop('the window is closing') });
  }

  /** True while a process lives. */
  get isRunning(): boolean {
    return this.#engine !== undefined;
  }

  /** Rejects with `SploraError`, as `Engine.call` does. */
  async call<M extends keyof EngineApi>(
    method: M,
    params: EngineApi[M]['params'],
    options?: CallOptions<EngineApi[M]['event']>,
  ): Promise<EngineApi[M]['result']> {
    if (options?.signal?.aborted === true) {
      throw cancelled();
    }
    const engine = this.#acquire();
    const begin = Date.now();
    this.#parts.log.debug(`${method}: ${JSON.stringify(params).slice(0, MAX_LOGGED)}`);
    try {
      const result = await engine.call(method, params, options);
      this.#parts.log.info(`${method} took ${Date.now() - begin} ms`);
      return result;
    } catch (thrown) {
      const error = toErrorData(thrown);
      this.#parts.log.info(`${method} ended after ${Date.now() - begin} ms: ${error.code}`);
      throw thrown;
    } finally {
      this.#release();
    }
  }

  #acquire(): Engine {
    if (this.isDisposed) throw cancelled();
    clearTimeout(this.#idle);
    if (this.#engine === undefined) {
      this.#parts.log.info('Starting the engine');
      this.#engine = this.#parts.start();
    }
    this.#calls += 1;
    return this.#engine;
  }

  #release(): void {
    this.#calls -= 1;
    if (this.#calls > 0 || this.#engine === undefined) return;
    this.#idle = setTimeout(() => this.#stop('it has no work'), this.#parts.idleMs());
  }

  #stop(reason: string): void {
    clearTimeout(this.#idle);
    const engine = this.#engine;
    this.#engine = undefined;
    if (engine === undefined) return;
    this.#parts.log.info(`Ending the engine: ${reason}`);
    engine.dispose().catch((thrown: unknown) => {
      this.#parts.log.warn(`The engine did not end cleanly: ${render(toErrorData(thrown).message)}`);
    });
  }
}

/** A request can name ten thousand modules; the log need not. */
const MAX_LOGGED = 2000;
