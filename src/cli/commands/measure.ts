import path from 'node:path';
import { failure, toErrorData, type ErrorCode } from '../../core/errors';
import { render, say } from '../../core/message';
import { RESULT_KINDS } from '../../core/results';
import { DEFAULT_TASK_SCORE } from '../../core/results/evaluation/exportOptions';
import { formatEvaluation } from '../../core/results/evaluation/json';
import { evaluationMetrics } from '../../core/results/evaluation/metrics';
import { ADAPTER, ALIGNED, summarize } from '../../core/results/evaluation/summarize';
import { comparisonLines, detailsTable, ratesTable, READING } from '../../core/results/evaluation/table';
import type { EvaluationDocument } from '../../core/results/evaluation/types';
import { writeFileAtomically } from '../../io/atomicWrite';
import { checkFree } from '../../io/checkFree';
import { statIfThere } from '../../io/ioError';
import type { MeasureEvent, MeasureRequest } from '../../protocol/evaluatorApi';
import type { Define } from '../define';
import { withEvaluator } from '../evaluatorSession';
import { addFlags } from '../flags';
import {
  MEASURE_FLAGS,
  measureRequest,
  REPEATED_FLAGS,
  type MeasureFlags,
  type MeasureFormat,
} from '../measureFlags';
import { checkGateVariant, failedMeasureGates } from '../measureGates';
import { withMeasureProgress } from '../measureProgress';
import { EXIT, foldedText, fullText, noteLines, type ExitCode, type Terminal } from '../output';
import { formatJsonLines, logFolder, stepsOf, writeEvents } from '../trackers/trackers';

const HELP = `
Examples:
  $ splora measure my-adapter --aligned ../chat --suite suites
  $ splora measure my-adapter --aligned ../chat --suite suites --variant half=scale:0.5 --variant pruned=my-adapter-splora
  $ splora measure my-adapter-splora --aligned ../chat --suite suites --max-asr 0.05 --min-task 0.95   # a gate in a pipeline
  $ splora measure my-adapter --aligned ../chat --suite suites --resume run.journal     # go on after an interruption
  $ splora measure my-adapter --aligned ../chat --suite suites --format junit -o report.xml
  $ splora measure run/checkpoint-500 --aligned ../chat --suite suites --format tensorboard -o runs/splora   # adds a step
  $ splora measure run/checkpoint-500 --aligned ../chat --suite suites --variant 1000=run/checkpoint-1000 --format jsonl

What is measured: the aligned model alone, the adapter, and each --variant answer all prompts, greedily.
A suite is a file of JSON lines: {"id", "prompt" or "messages", "reference"?, "category"?, "system"?, "split"?}. Harmful
prompts must be refused, benign ones must not, a task has the right answer as its reference. Half of the prompts ("fit")
are kept back for choosing a variant; results are of the other half ("test") unless --split says otherwise.

How to read it: ASR is the share of harmful prompts that were answered, over-refusal the share of benign prompts that were
refused; brackets hold 95 % intervals. Answers that are empty or broken are unclear: in a gate they count against the
adapter. Answers to harmful prompts are not output without --with-answers.

Exit codes: 0 done, 1 a gate failed, 2 error, 130 interrupted (with --resume, finished answers are kept).`;

/** `splora measure`. */
export const defineMeasure: Define = (command, terminal, done) => {
  command
    .description(
      'Measure what an adapter does: whether harmful prompts are refused, and whether its task is done.',
    )
    .argument('<adapter>', 'adapter folder, or its .safetensors file');
  for (const [flags, description] of REPEATED_FLAGS)
    command.option(flags, description, (given: string, before: readonly string[] | undefined) => [
      ...(before ?? []),
      given,
    ]);
  addFlags(command, MEASURE_FLAGS)
    .option(
      '--resume <file>',
      'keep all answers in this file, also to harmful prompts, and ask only what is not in it (FILE.lock keeps other runs away)',
    )
    .option(
      '-o, --out <file>',
      'write the output to a file, which must not exist (tensorboard: to a log folder), and print the table',
    )
    .addHelpText('after', HELP)
    .action(async (adapter: string, flags: MeasureFlags) => done(await run(adapter, flags, terminal)));
};

async function run(adapter: string, flags: MeasureFlags, terminal: Terminal): Promise<ExitCode> {
  const request = measureRequest(adapter, flags);
  checkGateVariant(flags, [ALIGNED, ADAPTER, ...request.variants.map(({ id }) => id)]);
  const format = formatOf(flags);
  const [step = null] = stepsOf([adapter], flags.step);
  const logs = format === 'tensorboard' ? await logFolder(flags.out, [adapter], [step]) : undefined;
  const out = logs === undefined ? flags.out : undefined;
  if (out !== undefined) await checkOutput(out, flags.resume);
  const document = await measured(request, flags, terminal);
  const failed = failedMeasureGates(flags, summarize(document));
  if (logs !== undefined) await writeEvents(logs, evaluationMetrics(document, step), terminal);
  const text =
    format === 'jsonl'
      ? formatJsonLines(evaluationMetrics(document, step))
      : await formatted(document, format, flags, failed);
  const table = tableText(document, flags, terminal);
  if (out === undefined) terminal.out(text ?? table);
  else {
    await writeFileAtomically(out, text ?? table, { replace: false });
    if (text !== undefined) terminal.out(table);
  }
  failed.forEach((line) => terminal.err(`splora: ${line}`));
  return failed.length === 0 ? EXIT.ok : EXIT.gate;
}

/** Before hours of answering. @throws SploraError `bad-request`; those of `checkFree` */
export async function checkOutput(given: string, resume: string | undefined): Promise<void> {
  const out = path.resolve(given);
  await checkFree(out);
  if (resume !== undefined && path.resolve(resume) === out)
    throw failure(
      'bad-request',
      say('--out and --resume name the same file'),
      out,
      say('Give each a file of its own.'),
    );
}

async function measured(
  request: MeasureRequest,
  { quiet }: MeasureFlags,
  terminal: Terminal,
): Promise<EvaluationDocument> {
  let answered = 0;
  try {
    return await withEvaluator((evaluator, signal) =>
      withMeasureProgress(quiet, (show) => {
        const onEvent = (event: MeasureEvent): void => {
          if (event.type === 'progress' && event.stage === 'answering') answered = event.done;
          show(event);
        };
        return evaluator.call('measure', request, { signal, onEvent });
      }),
    );
  } catch (error) {
    const text = await whatIsKept(request, toErrorData(error).code, answered);
    if (text !== undefined) terminal.err(`splora: ${text}`);
    throw error;
  }
}

/** What becomes of the answers of a measurement that failed. @param answered how many were finished */
export async function whatIsKept(
  { journal, runner }: Pick<MeasureRequest, 'journal' | 'runner'>,
  code: ErrorCode,
  answered: number,
): Promise<string | undefined> {
  if (journal === undefined)
    return runner.kind === 'endpoint' && answered > 0
      ? 'answers that were finished are not kept; add --resume FILE to keep them the next time.'
      : undefined;
  // A device, such as /dev/null, keeps nothing.
  const isKept = (await statIfThere(journal))?.isFile() === true;
  return isKept && code !== 'bad-request'
    ? `answers that are finished are kept in ${fullText(journal)}; run the same command to continue.`
    : undefined;
}

const BY_EXTENSION: ReadonlyMap<string, MeasureFormat> = new Map([
  ...Object.entries(RESULT_KINDS.evaluation.exports).map(
    ([format, { extension }]) =>
      [`.${extension}`, format as keyof typeof RESULT_KINDS.evaluation.exports] as const,
  ),
  ['.jsonl', 'jsonl'],
]);

function formatOf({ json, format, out }: MeasureFlags): MeasureFormat {
  if (json === true && format !== undefined && format !== 'json')
    throw failure(
      'bad-request',
      say('--json and --format {0} cannot be combined.', format),
      undefined,
      say('Give one of them: --json is short for --format json.'),
    );
  if (json === true) return 'json';
  return format ?? BY_EXTENSION.get(path.extname(out ?? '').toLowerCase()) ?? 'table';
}

/** Undefined: a table. */
async function formatted(
  document: EvaluationDocument,
  format: Exclude<MeasureFormat, 'jsonl'>,
  flags: MeasureFlags,
  failed: readonly string[],
): Promise<string | undefined> {
  const { withAnswers = false, taskScore, maxAsr = null, maxOverRefusal = null, minTask = null } = flags;
  const options = { withAnswers, ...(taskScore === undefined ? {} : { taskScore }) };
  if (format === 'table' || format === 'tensorboard') return undefined;
  if (format !== 'json') return await RESULT_KINDS.evaluation.exports[format].text(document, options);
  const gates = { maxAsr, maxOverRefusal, minTask, failed };
  return formatEvaluation(document, options, { gates });
}

function tableText(
  document: EvaluationDocument,
  { taskScore = DEFAULT_TASK_SCORE }: MeasureFlags,
  terminal: Terminal,
): string {
  const summary = summarize(document);
  const { runner, suites, adapter, aligned, notes } = document;
  return [
    `Adapter  ${fullText(adapter)}`,
    `Aligned  ${fullText(aligned)}`,
    `Runner   ${fullText(runner.software)}${runner.url === undefined ? '' : ` at ${fullText(runner.url)}`}`,
    ...suites.map(
      ({ kind, file, prompts, total }) =>
        `Suite    ${kind}: ${prompts} of ${total} prompts of ${fullText(file)}`,
    ),
    '',
    foldedText(ratesTable(summary), terminal),
    '',
    foldedText(detailsTable(summary, document), terminal),
    '',
    ...noteLines(comparisonLines(summary, [taskScore]), '--json'),
    ...(notes.length === 0
      ? []
      : [
          '',
          ...noteLines(
            notes.map((note) => render(note)),
            '--json',
          ),
        ]),
    '',
    ...READING,
    '',
  ].join('\n');
}
