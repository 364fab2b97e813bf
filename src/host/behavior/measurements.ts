import type { ErrorData } from '../../core/errors';
import type {
  EvaluatedVariant,
  EvaluationDocument,
  EvaluationRow,
} from '../../core/results/evaluation/types';
import type { MeasureProgress } from '../../protocol/behavior';
import type { MeasureRequest } from '../../protocol/evaluatorApi';
import { Disposable } from '../disposable';
import { Emitter } from '../state/emitter';

export type MeasureRun =
  | { readonly kind: 'idle' }
  | { readonly kind: 'running'; readonly progress: MeasureProgress | null }
  /** Finished answers are in the journal. */
  | { readonly kind: 'canceled'; readonly done: number; readonly total: number }
  | { readonly kind: 'failed'; readonly error: ErrorData };

/** What there is of an evaluation before it is finished. */
export interface PartialEvaluation {
  readonly variants: readonly EvaluatedVariant[];
  readonly rows: readonly EvaluationRow[];
}

export interface Measuring {
  readonly run: MeasureRun;
  /** Of the last measurement that is not finished; null without one. */
  readonly partial: PartialEvaluation | null;
}

const NOTHING: Measuring = { run: { kind: 'idle' }, partial: null };

/** The measurements of this session, by adapter. Results are in the store. */
export class Measurements extends Disposable {
  readonly #states = new Map<string, Measuring>();
  readonly #aborts = new Map<string, AbortController>();
  readonly #requests = new Map<string, { readonly createdAt: string; readonly request: MeasureRequest }>();
  readonly #emitter = this._register(new Emitter<string>());

  /** Fires with the adapter's key. */
  readonly onDidChange = this.#emitter.event;

  get(adapter: string): Measuring {
    return this.#states.get(adapter) ?? NOTHING;
  }

  get running(): readonly string[] {
    return [...this.#states].filter(([, { run }]) => run.kind === 'running').map(([adapter]) => adapter);
  }

  isRunning(adapter: string): boolean {
    return this.get(adapter).run.kind === 'running';
  }

  /** Ends a measurement of the adapter that is under way. */
  begin(adapter: string, partial: PartialEvaluation): AbortController {
    this.#aborts.get(adapter)?.abort();
    const abort = new AbortController();
    this.#aborts.set(adapter, abort);
    this.#set(adapter, { run: { kind: 'running', progress: null }, partial });
    return abort;
  }

  /** Does nothing for a measurement that another one has replaced. */
  update(adapter: string, abort: AbortController, change: Partial<Measuring>): void {
    if (this.#aborts.get(adapter) !== abort) return;
    this.#set(adapter, { ...this.get(adapter), ...change });
  }

  end(adapter: string, abort: AbortController, last: Partial<Measuring>): void {
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

  /** Keeps what was asked for: a document has neither the address nor the models of its server. */
  keepRequest({ adapter, createdAt }: EvaluationDocument, request: MeasureRequest): void {
    this.#requests.set(adapter, { createdAt, request });
  }

  /** Undefined for a result of another session, or from a file. */
  requestOf({ adapter, createdAt }: EvaluationDocument): MeasureRequest | undefined {
    const kept = this.#requests.get(adapter);
    return kept?.createdAt === createdAt ? kept.request : undefined;
  }

  /** As if the adapter had not been measured; a measurement under way ends. */
  forget(adapter: string): void {
    this.#aborts.get(adapter)?.abort();
    this.#aborts.delete(adapter);
    this.#requests.delete(adapter);
    if (this.#states.delete(adapter)) this.#emitter.fire(adapter);
  }

  override dispose(): void {
    this.cancel();
    super.dispose();
  }

  #set(adapter: string, state: Measuring): void {
    this.#states.set(adapter, state);
    this.#emitter.fire(adapter);
  }
}
