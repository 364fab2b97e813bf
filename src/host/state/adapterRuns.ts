import { Disposable } from '../disposable';
import { Emitter } from './emitter';

export interface BusyState {
  readonly run: { readonly kind: string };
}

/** Runs of one kind that can be canceled, at most one for each adapter. Results are in the store. */
export class AdapterRuns<S extends BusyState> extends Disposable {
  readonly #states = new Map<string, S>();
  readonly #aborts = new Map<string, AbortController>();
  readonly #emitter = this._register(new Emitter<string>());

  /** Fires with the adapter's key. */
  readonly onDidChange = this.#emitter.event;

  /** @param none the state of an adapter without a run in this session */
  constructor(private readonly none: S) {
    super();
  }

  get(adapter: string): S {
    return this.#states.get(adapter) ?? this.none;
  }

  get running(): readonly string[] {
    return [...this.#states].filter(([, { run }]) => run.kind === 'running').map(([adapter]) => adapter);
  }

  isRunning(adapter: string): boolean {
    return this.get(adapter).run.kind === 'running';
  }

  /** Ends a run of the adapter that is under way. */
  start(adapter: string, state: S): AbortController {
    this.#aborts.get(adapter)?.abort();
    const abort = new AbortController();
    this.#aborts.set(adapter, abort);
    this.#set(adapter, state);
    return abort;
  }

  /** Does nothing for a run that another one has replaced. */
  update(adapter: string, abort: AbortController, change: Partial<S>): void {
    if (this.#aborts.get(adapter) !== abort) return;
    this.#set(adapter, { ...this.get(adapter), ...change });
  }

  end(adapter: string, abort: AbortController, last: Partial<S>): void {
    this.update(adapter, abort, last);
    if (this.#aborts.get(adapter) === abort) this.#aborts.delete(adapter);
  }

  /** @returns how many were canceled */
  cancel(adapter?: string): number {
    const aborts = [...this.#aborts].filter(
      ([own, { signal }]) => !signal.aborted && (adapter === undefined || own === adapter),
    );
    for (const [, abort] of aborts) abort.abort();
    return aborts.length;
  }

  /** As if there had been no run; one that is under way ends. */
  forget(adapter: string): void {
    this.#aborts.get(adapter)?.abort();
    this.#aborts.delete(adapter);
    if (this.#states.delete(adapter)) this.#emitter.fire(adapter);
  }

  override dispose(): void {
    this.cancel();
    super.dispose();
  }

  #set(adapter: string, state: S): void {
    this.#states.set(adapter, state);
    this.#emitter.fire(adapter);
  }
}
