import type { EvaluatorApi } from '../protocol/evaluatorApi';
import { NO_TELEMETRY } from '../core/noTelemetry';
import { startProcess, type Process, type ProcessOptions } from '../rpc/process';

export type Evaluator = Process<EvaluatorApi>;
export type EvaluatorOptions = Pick<
  ProcessOptions<EvaluatorApi>,
  'background' | 'env' | 'idleMs' | 'log' | 'onOutput'
>;

/** @param file the bundled `evaluator.js` */
export function startEvaluator(file: string, options: EvaluatorOptions): Evaluator {
  return startProcess<EvaluatorApi>(file, {
    name: 'evaluator',
    serial: ['measure', 'fitTargets', 'fitGates'],
    ...options,
    env: { ...options.env, ...NO_TELEMETRY },
  });
}
