import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { badRequest, failure } from '../../core/errors';
import { say } from '../../core/message';
import { integer } from '../../core/options';
import type { StepMetrics } from '../../core/results/stepMetrics';
import { stepOfPath } from '../../core/trainingStep';
import { writeFileAtomically } from '../../io/atomicWrite';
import { ioError, statIfThere } from '../../io/ioError';
import { fullText, type Terminal } from '../output';

/** Formats that hold numbers by training step. */
export const TRACKER_FORMATS = ['jsonl', 'tensorboard'] as const;
export type TrackerFormat = (typeof TRACKER_FORMATS)[number];

export const STEP_FLAG = integer(
  'Training step of the adapter in jsonl and tensorboard (default: from its name, e.g. checkpoint-500).',
  { minimum: 0 },
);

export const isTrackerFormat = (format: string): format is TrackerFormat =>
  TRACKER_FORMATS.some((one) => one === format);

/**
 * By step, adapters without one last.
 * @throws SploraError `bad-request` when two adapters have the same step
 */
function inStepOrder(steps: readonly StepMetrics[]): readonly StepMetrics[] {
  const place = ({ step }: StepMetrics): number => step ?? Infinity;
  const sorted = [...steps].sort((x, y) => (place(x) === place(y) ? 0 : place(x) - place(y)));
  for (const [index, { step, adapter }] of sorted.entries()) {
    const next = sorted[index + 1];
    if (next?.step !== step) continue;
    throw badRequest(
      step === null
        ? say('{0} and {1} have no training step in their names.', adapter, next.adapter)
        : say('{0} and {1} are both of training step {2}.', adapter, next.adapter, step),
      say('Log the checkpoints of one run at a time, in folders named checkpoint-N.'),
    );
  }
  return sorted;
}

/**
 * A JSON object in each line, by step: `step`, then the metrics.
 * @throws SploraError `bad-request`, as `inStepOrder`
 */
export function formatJsonLines(steps: readonly StepMetrics[]): string {
  return inStepOrder(steps)
    .map(({ step, metrics }) => `${JSON.stringify({ step, ...metrics })}\n`)
    .join('');
}

/**
 * Before hours of work: TensorBoard needs a folder, and each adapter a step.
 * @throws SploraError `bad-request`, `output-exists`
 */
export async function checkLogFolder(
  out: string | undefined,
  adapters: readonly string[],
  step: number | undefined,
): Promise<void> {
  if (out === undefined)
    throw badRequest(
      say('--format tensorboard needs --out, the log folder.'),
      say('Give the folder that TensorBoard reads, or one in it: --out runs/splora.'),
    );
  const nameless = adapters.find((adapter) => stepOfPath(path.resolve(adapter)) === null);
  if (nameless !== undefined && step === undefined)
    throw badRequest(say('{0} has no training step in its name.', nameless), say('Give it with --step N.'));
  const folder = path.resolve(out);
  if ((await statIfThere(folder))?.isDirectory() === false)
    throw failure('output-exists', say('The log folder is a file'), folder, say('Give a folder.'));
}

/**
 * Adds an event file to a log folder, which is made where it is missing, and says so. TensorBoard shows the files of a
 * folder as one run.
 * @param out checked by `checkLogFolder`
 * @throws SploraError `bad-request` when two adapters have the same step; `io`
 */
export async function writeEvents(
  out = '.',
  steps: readonly StepMetrics[],
  terminal: Pick<Terminal, 'err'>,
): Promise<void> {
  const { eventFile } = await import('./eventFile');
  const folder = path.resolve(out);
  const seconds = Date.now() / 1000;
  const file = path.join(folder, `events.out.tfevents.${Math.floor(seconds)}.splora.${process.pid}`);
  const bytes = eventFile(inStepOrder(steps), seconds);
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw ioError(error, 'Creating the log folder failed: {0}', folder);
  }
  await writeFileAtomically(file, bytes, { replace: false });
  terminal.err(`splora: wrote ${fullText(file)}`);
}
