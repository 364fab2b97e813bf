import type { ErrorData } from '../../core/errors';
import type {
  EvaluatedVariant,
  EvaluationDocument,
  EvaluationRow,
} from '../../core/results/evaluation/types';
import type { MeasureProgress } from '../../protocol/behavior';
import type { MeasureRequest } from '../../protocol/evaluatorApi';
import { AdapterRuns } from '../state/adapterRuns';

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

/** The measurements of this session, by adapter. */
export class Measurements extends AdapterRuns<Measuring> {
  readonly #requests = new Map<string, { readonly createdAt: string; readonly request: MeasureRequest }>();

  constructor() {
    super(NOTHING);
  }

  /** Ends a measurement of the adapter that is under way. */
  begin(adapter: string, partial: PartialEvaluation): AbortController {
    return this.start(adapter, { run: { kind: 'running', progress: null }, partial });
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

  override forget(adapter: string): void {
    this.#requests.delete(adapter);
    super.forget(adapter);
  }
}
