import { rm } from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { SploraError, toErrorData, type ErrorData } from '../../core/errors';
import { say } from '../../core/message';
import { RESULT_KINDS } from '../../core/results';
import { ADAPTER, ALIGNED } from '../../core/results/evaluation/summarize';
import type {
  EvaluatedVariant,
  EvaluationDocument,
  EvaluationRow,
} from '../../core/results/evaluation/types';
import { startEvaluator, type Evaluator } from '../../evaluation/client';
import type { MeasureProgress } from '../../protocol/behavior';
import type { MeasureEvent, MeasureRequest } from '../../protocol/evaluatorApi';
import { formatCount } from '../format';
import type { Services } from '../services';
import { Journals } from './journals';
import { RunStatus } from './runStatus';

/** Time between updates of the surfaces: rates are computed over all rows each time. */
const REPORT_EVERY_MS = 250;

export interface MeasureJob {
  readonly request: MeasureRequest;
  /** Added to the environment of the evaluator: keys of endpoints. */
  readonly env?: Readonly<Record<string, string>>;
  /** Decides on time and memory that it will take; false: not now. */
  readonly confirm: (evaluator: Evaluator, signal: AbortSignal) => Promise<boolean>;
}

/**
 * Measures an adapter and shows the result everywhere; ends a measurement of it that is under way. Finished answers are
 * kept, and the next measurement of the same goes on with the rest.
 * @returns undefined: `confirm` said no
 * @throws SploraError of the evaluator, or `cancelled`
 */
export async function runMeasurement(
  services: Services,
  { request, env = {}, confirm }: MeasureJob,
): Promise<EvaluationDocument | undefined> {
  const { adapter } = request;
  const { measurements, library, context, log } = services;
  const variants = variantsOf(request);
  const abort = measurements.begin(adapter, { variants, rows: [] });
  services.store.setActive(adapter);
  const report = new Report(services, { adapter, abort, variants });
  const evaluator = startEvaluator(context.asAbsolutePath(path.join('dist', 'evaluator.js')), {
    background: true,
    env: { ...env },
    log,
    onOutput: (text) => log.info(`evaluator: ${text.trimEnd()}`),
  });
  try {
    if (!(await confirm(evaluator, abort.signal))) {
      measurements.end(adapter, abort, NOT_BEGUN);
      return undefined;
    }
    const journals = new Journals(services.storage, 'measurements');
    const document = await callWithJournal(evaluator, journals, request, { signal: abort.signal, report });
    // The evaluator follows links; surfaces know the adapter by this path.
    const result = { ...document, adapter };
    if (request.only !== undefined) {
      measurements.end(adapter, abort, NOT_BEGUN);
      return result;
    }
    measurements.keepRequest(result, request);
    await library.accept(RESULT_KINDS.evaluation, result);
    measurements.end(adapter, abort, NOT_BEGUN);
    await journals.remove(adapter);
    return result;
  } catch (thrown) {
    const error = inWindow(toErrorData(thrown));
    report.show();
    const { done, total } = report.counts;
    const isCanceled = error.code === 'cancelled';
    measurements.end(adapter, abort, {
      run: isCanceled ? { kind: 'canceled', done, total } : { kind: 'failed', error },
    });
    throw new SploraError(error, { cause: thrown });
  } finally {
    report.dispose();
    await evaluator.dispose();
  }
}

/** Keys are in the secret storage here, and not in variables of the user's. */
function inWindow(error: ErrorData): ErrorData {
  if (error.code !== 'endpoint-key') return error;
  return {
    ...error,
    advice: say('Change the key where you choose where the model runs, then measure again.'),
  };
}

const NOT_BEGUN = { run: { kind: 'idle' }, partial: null } as const;

/** A journal that no longer fits the files, because the adapter was trained again, starts over. */
async function callWithJournal(
  evaluator: Evaluator,
  journals: Journals,
  request: MeasureRequest,
  { signal, report }: { readonly signal: AbortSignal; readonly report: Report },
): Promise<EvaluationDocument> {
  const onEvent = (event: MeasureEvent): void => report.add(event);
  if (request.only !== undefined) return evaluator.call('measure', request, { signal, onEvent });
  const journal = await journals.fileOf(request);
  const measure = (): Promise<EvaluationDocument> =>
    evaluator.call('measure', { ...request, journal }, { signal, onEvent });
  try {
    return await measure();
  } catch (thrown) {
    const { code, file } = toErrorData(thrown);
    if (code !== 'bad-request' || file !== journal) throw thrown;
    await rm(journal, { force: true });
    return measure();
  }
}

function variantsOf({ adapter, variants }: MeasureRequest): readonly EvaluatedVariant[] {
  const all = [
    { id: ALIGNED, adapter: null },
    { id: ADAPTER, adapter },
    ...variants.map(({ id, adapter: own = adapter }) => ({ id, adapter: own })),
  ];
  const scales = new Map(variants.map(({ id, scale = 1 }) => [id, scale]));
  return all.map((one) => ({ ...one, sha256: null, scale: scales.get(one.id) ?? 1, cost: {} }));
}

interface ReportParts {
  readonly adapter: string;
  readonly abort: AbortController;
  readonly variants: readonly EvaluatedVariant[];
}

function spokenOf(progress: MeasureProgress | null): string {
  const { t } = vscode.l10n;
  if (progress?.stage !== 'answering') return t('measuring');
  return t('{0} of {1} answers', formatCount(progress.done), formatCount(progress.total));
}

/** Collects what a measurement reports, and shows it a few times a second. */
class Report {
  readonly #rows = new Map<string, EvaluationRow>();
  readonly #status: RunStatus;
  #progress: MeasureProgress | null = null;
  #answers = { done: 0, total: 0 };
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly services: Services,
    private readonly parts: ReportParts,
  ) {
    this.#status = new RunStatus(parts.adapter, 'measurement');
  }

  get counts(): { readonly done: number; readonly total: number } {
    return this.#answers;
  }

  add(event: MeasureEvent): void {
    if (event.type === 'row') this.#rows.set(`${event.row.suite}\n${event.row.id}`, event.row);
    else if (event.type === 'progress') {
      const { type: _type, elapsedMs: _elapsed, ...progress } = event;
      this.#progress = progress;
      if (progress.stage === 'answering') this.#answers = { done: progress.done, total: progress.total };
    }
    this.#timer ??= setTimeout(() => this.show(), REPORT_EVERY_MS);
  }

  dispose(): void {
    this.#status.dispose();
    clearTimeout(this.#timer);
  }

  show(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { adapter, abort, variants } = this.parts;
    this.#status.show(spokenOf(this.#progress));
    this.services.measurements.update(adapter, abort, {
      run: { kind: 'running', progress: this.#progress },
      partial: { variants, rows: [...this.#rows.values()] },
    });
  }
}
