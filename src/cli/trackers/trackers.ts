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
 * The training step of each adapter; null where its name has none.
 * @param step of the only adapter, as the user gives it
 * @throws SploraError `bad-request` when two adapters have the same step
 */
export function stepsOf(adapters: readonly string[], step: number | undefined): readonly (number | null)[] {
  if (step !== undefined && adapters.length > 1)
    throw badRequest(
      say('--step is for one adapter.'),
      say('The steps of several ones are in their names: checkpoint-N.'),
    );
  const steps = adapters.map((adapter) => step ?? stepOfPath(path.resolve(adapter)));
  for (const [index, found] of steps.entries()) {
    const [first, second] = [adapters[index] ?? '', adapters[steps.indexOf(found, index + 1)]];
    if (second === undefined) continue;
    throw badRequest(
      found === null
        ? say('{0} and {1} have no training step in their names.', first, second)
        : say('{0} and {1} are both of training step {2}.', first, second, found),
      say('Log the checkpoints of one run at a time, in folders named checkpoint-N.'),
    );
  }
  return steps;
}

/** Adapters without a step come last. */
function inStepOrder(steps: readonly StepMetrics[]): readonly StepMetrics[] {
  const place = ({ step }: StepMetrics): number => step ?? Number.MAX_VALUE;
  return [...steps].sort((x, y) => place(x) - place(y));
}

/** A JSON object in each line, by step: `step`, then the metrics. */
export function formatJsonLines(steps: readonly StepMetrics[]): string {
  return inStepOrder(steps)
    .map(({ step, metrics }) => `${JSON.stringify({ step, ...metrics })}\n`)
    .join('');
}

/**
 * The absolute path of the log folder, which TensorBoard needs, as it needs a step of each adapter.
 * @throws SploraError `bad-request`, `output-exists`
 */
export async function logFolder(
  out: string | undefined,
  adapters: readonly string[],
  steps: readonly (number | null)[],
): Promise<string> {
  if (out === undefined)
    throw badRequest(
      say('--format tensorboard needs --out, the log folder.'),
      say('Give the folder that TensorBoard reads, or one in it: --out runs/splora.'),
    );
  const nameless = adapters[steps.indexOf(null)];
  if (nameless !== undefined)
    throw badRequest(say('{0} has no training step in its name.', nameless), say('Give it with --step N.'));
  const folder = path.resolve(out);
  if ((await statIfThere(folder))?.isDirectory() === false)
    throw failure('output-exists', say('The log folder is a file'), folder, say('Give a folder.'));
  return folder;
}

/**
 * Adds an event file to a log folder, which is made where it is missing, and says so. TensorBoard shows the files of a
 * folder as one run.
 * @throws SploraError `io`
 */
export async function writeEvents(
  folder: string,
  steps: readonly StepMetrics[],
  terminal: Pick<Terminal, 'err'>,
): Promise<void> {
  const { eventFile } = await import('./eventFile');
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
