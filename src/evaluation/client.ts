import type { EvaluatorApi } from '../protocol/evaluatorApi';
import { NO_TELEMETRY } from '../core/noTelemetry';
import { startProcess, type Process, type ProcessOptions } from '../rpc/process';

export type Evaluator = Process<EvaluatorApi>;
export type EvaluatorOptions = Pick<
  ProcessOptions<EvaluatorApi>,
  'background' | 'env' | 'idleMs' | 'log' | 'onOutput'
>;

/** So a cancel ends in 200 ms also on a busy machine, however long a step of a large model takes. */
const CANCEL_MS = 100;

/** @param file the bundled `evaluator.js` */
export function startEvaluator(file: string, options: EvaluatorOptions): Evaluator {
  return startProcess<EvaluatorApi>(file, {
    name: 'evaluator',
    serial: ['measure', 'fitTargets', 'fitGates', 'recordPasses'],
    cancelMs: CANCEL_MS,
    ...options,
    env: { ...options.env, ...NO_TELEMETRY },
  });
}
