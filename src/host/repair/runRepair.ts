import * as path from 'node:path';
import { SploraError, toErrorData } from '../../core/errors';
import { defined } from '../../core/record';
import { RESULT_KINDS } from '../../core/results';
import type { RepairDocument } from '../../core/results/repair/types';
import { startEvaluator } from '../../evaluation/client';
import type { MeasuredRepairEvent, MeasuredRepairRequest } from '../../protocol/repairApi';
import type { RepairContext, RepairMemory } from '../../repair/types';
import { Journals } from '../behavior/journals';
import { RunStatus } from '../behavior/runStatus';
import type { Services } from '../services';
import type { Prepare } from './prepare';
import { follow, partialOf, type Repairing } from './repairs';
import { stageText } from './stageText';

/** Time between updates of the surfaces: the plot is drawn again each time. */
const REPORT_EVERY_MS = 250;

export interface RepairCall {
  readonly request: MeasuredRepairRequest;
  /** Added to the environment of the evaluator: keys of endpoints. */
  readonly env: Readonly<Record<string, string>>;
  /** Asks the user what is to be asked before; undefined: not now. Absent: nothing. */
  readonly prepare?: Prepare;
  /** Of a run whose checkpoints are repaired one after another. */
  readonly memory?: RepairMemory;
}

/**
 * Repairs an adapter by measurement and shows the result in its panel; ends a repair of it that is under way.
 * @returns undefined: `prepare` ended it
 * @throws SploraError of both processes, or `cancelled`
 */
export async function runRepair(
  services: Services,
  { request, env, prepare, memory }: RepairCall,
): Promise<RepairDocument | undefined> {
  const { repairs, library, context, log, engine, store } = services;
  const { adapter } = request;
  const abort = repairs.begin(adapter, request.target);
  store.setActive(adapter);
  const report = new Report(services, request, abort);
  const evaluator = startEvaluator(context.asAbsolutePath(path.join('dist', 'evaluator.js')), {
    background: true,
    env: { ...env },
    log,
    onOutput: (text) => log.info(`evaluator: ${text.trimEnd()}`),
  });
  try {
    const { repairByMeasurement } = await import('../../repair/measuredRepair');
    const clients = { engine, evaluator };
    const context: RepairContext = {
      signal: abort.signal,
      emit: (event) => report.add(event),
      ...defined({ memory }),
    };
    const journals = new Journals(services.storage, 'fits');
    const prepared = prepare === undefined ? request : await prepare(request, { clients, context, journals });
    if (prepared === undefined) {
      repairs.end(adapter, abort, NOT_BEGUN);
      return undefined;
    }
    const found = await repairByMeasurement(prepared, clients, context);
    // The evaluator follows links; surfaces know the adapter by this path.
    const document = { ...found, adapter };
    await library.accept(RESULT_KINDS.repair, document);
    repairs.end(adapter, abort, NOT_BEGUN);
    await journals.remove(adapter);
    return document;
  } catch (thrown) {
    const error = toErrorData(thrown);
    report.show();
    const run =
      error.code === 'cancelled' ? ({ kind: 'canceled' } as const) : ({ kind: 'failed', error } as const);
    repairs.end(adapter, abort, { run });
    throw new SploraError(error, { cause: thrown });
  } finally {
    report.dispose();
    await evaluator.dispose();
  }
}

const NOT_BEGUN = { run: { kind: 'idle' }, partial: null } as const;

/** Collects what a repair reports, and shows it a few times a second. */
class Report {
  readonly #status: RunStatus;
  #state: Repairing;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly services: Services,
    private readonly request: MeasuredRepairRequest,
    private readonly abort: AbortController,
  ) {
    this.#status = new RunStatus(request.adapter, 'repair');
    const run = { kind: 'running', stage: null, method: null, progress: null } as const;
    this.#state = { run, partial: partialOf(request.target) };
  }

  add(event: MeasuredRepairEvent): void {
    this.#state = follow(this.#state, event);
    this.#timer ??= setTimeout(() => this.show(), REPORT_EVERY_MS);
  }

  show(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { run } = this.#state;
    this.#status.show(run.kind === 'running' ? stageText(run.stage) : '');
    this.services.repairs.update(this.request.adapter, this.abort, this.#state);
  }

  dispose(): void {
    this.#status.dispose();
    clearTimeout(this.#timer);
  }
}
