import { renderError, toErrorData } from '../../core/errors';
import type { CheckResult } from '../../protocol/engineApi';
import type { PanelLoadCheck } from '../../protocol/panelLoadCheck';
import { Disposable } from '../disposable';
import { panelCheck } from './loadCheck';
import type { Translate } from '../../core/message';

export interface LoadCheckerParts {
  /** Asks the engine; stops when the signal says so. */
  readonly check: (signal: AbortSignal) => Promise<CheckResult>;
  /** Tells when a file that the check reads changes. */
  readonly watch: (onChange: () => void) => { dispose(): unknown };
  /** What the store knows of what the check stands on: where it differs, the check is out of date. */
  readonly ground: () => string;
  readonly translate: Translate;
  /** Called after each change of `state`. */
  readonly onChange: () => void;
}

/** The load check of one panel: asked for, kept while the panel lives, and out of date when files change. */
export class LoadChecker extends Disposable {
  readonly #parts: LoadCheckerParts;
  readonly #stop = new AbortController();
  #state: PanelLoadCheck | null = null;
  #ground = '';
  /** How often something was told to have changed. */
  #changes = 0;
  #watching = false;

  constructor(parts: LoadCheckerParts) {
    super();
    this.#parts = parts;
    this._register({ dispose: () => this.#stop.abort() });
  }

  /** Null before anyone asked. */
  get state(): PanelLoadCheck | null {
    return this.#state;
  }

  /** Asks the engine, unless it is being asked. What fails becomes a state; the promise never rejects. */
  async ask(): Promise<void> {
    if (this.#state?.kind === 'running' || this.isDisposed) return;
    const before = this.#changes;
    this.#ground = this.#parts.ground();
    this.#set({ kind: 'running' });
    try {
      this.#watch();
      const result = panelCheck(await this.#parts.check(this.#stop.signal), this.#parts.translate);
      const outdated = this.#changes !== before || this.#parts.ground() !== this.#ground;
      this.#set({ kind: 'done', result, outdated });
    } catch (thrown) {
      this.#set({ kind: 'failed', error: renderError(toErrorData(thrown), this.#parts.translate) });
    }
  }

  /** To be called when the store has changed. */
  compare(): void {
    if (this.#state?.kind === 'done' && this.#parts.ground() !== this.#ground) this.outdate();
  }

  /** The check no longer describes the adapter. */
  outdate(): void {
    this.#changes += 1;
    if (this.#state?.kind === 'done' && !this.#state.outdated) this.#set({ ...this.#state, outdated: true });
  }

  #watch(): void {
    if (this.#watching) return;
    this._register(this.#parts.watch(() => this.outdate()));
    this.#watching = true;
  }

  #set(state: PanelLoadCheck): void {
    if (this.isDisposed) return;
    this.#state = state;
    this.#parts.onChange();
  }
}
