import path from 'node:path';
import { startEvaluator, type Evaluator } from '../evaluation/client';
import { withProcess } from './processSession';

/** `evaluator.js` is bundled beside `cli.js`. */
const EVALUATOR_FILE = path.join(__dirname, 'evaluator.js');

/** Runs `work` with an evaluator, as `withProcess` does. */
export async function withEvaluator<T>(
  work: (evaluator: Evaluator, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return await withProcess((onOutput) => startEvaluator(EVALUATOR_FILE, { onOutput }), work);
}
