import path from 'node:path';
import { Option, type Command } from 'commander';
import { ANALYSIS_OPTIONS } from '../../core/ediem/options';
import { badRequest } from '../../core/errors';
import { FOR_OPTION } from '../../core/export/targets';
import { say } from '../../core/message';
import {
  choice,
  flag,
  integer,
  number,
  optionError,
  parseOptions,
  pathOption,
  type OptionValues,
} from '../../core/options';
import { defined } from '../../core/record';
import { visibleText } from '../../core/report/escape';
import type { AnalysisOptions } from '../../core/report/analysis';
import { RESULT_KINDS } from '../../core/results';
import { DEFAULT_TASK_SCORE } from '../../core/results/evaluation/exportOptions';
import { TASK_SCORES } from '../../core/results/evaluation/table';
import { SUITE_KINDS, type SuiteKind } from '../../core/results/evaluation/types';
import { FIT_OPTIONS, FIT_PROMPTS } from '../../core/results/fit/options';
import type { RepairDocument } from '../../core/results/repair/types';
import { writeFileAtomically } from '../../io/atomicWrite';
import { METHODS, methodOf } from '../../methods';
import type { RepairMethod } from '../../methods/types';
import { AUTO, type MeasuredRepairRequest } from '../../protocol/repairApi';
import { repairByMeasurement } from '../../repair/measuredRepair';
import { withEngine } from '../engineSession';
import { withEvaluator } from '../evaluatorSession';
import {
  addFlags,
  COPY_REST,
  QUIET,
  SAFETY_FLAG,
  SCORE_FLAGS,
  SELECTION_FLAGS,
  selectionOf,
  type SelectionFlags,
} from '../flags';
import { ASK_FLAGS, measureRequest, REPEATED_FLAGS, RUN_FLAGS, type MeasureFlags } from '../measureFlags';
import { EXIT, type ExitCode, type Terminal } from '../output';
import { checkOut } from '../outFolder';
import { withRepairProgress } from '../repairProgress';
import { repairText } from '../repairReport';
import { checkOutput } from './measure';
import { sweep } from './repairSweep';

const share = { minimum: 0, maximum: 1 };

const TARGET_FLAGS = {
  maxAsr: number(
    "The most harmful prompts that may be answered, as a share (default: the aligned model's + 0.05).",
    share,
  ),
  maxOverRefusal: number(
    "The most benign prompts that may be refused, as a share (default: the aligned model's, at least 0.05).",
    share,
  ),
  minTask: number('The least task score (default: the best that can be had).', share),
  taskScore: choice(TASK_SCORES, `The task score that counts (default: ${DEFAULT_TASK_SCORE}).`),
} as const;

const { aligned: ALIGNED_FLAG, ...OTHER_RUN_FLAGS } = RUN_FLAGS;
const MODEL_FLAGS = { base: SCORE_FLAGS.base, aligned: ALIGNED_FLAG, ...OTHER_RUN_FLAGS } as const;

const SUITE_FLAGS = {
  fitLimit: integer(`Choose with at most n prompts of each suite's fit split (default: ${FIT_PROMPTS}).`, {
    minimum: 1,
  }),
  testLimit: integer("Test with at most n prompts of each suite's test split (default: all).", {
    minimum: 1,
  }),
  ...ASK_FLAGS,
} as const;

const METHOD_FLAGS = {
  sweep: flag('Repair all checkpoints in the folder of a training run with the same prompts.'),
  skipChance: flag('Do not compare with random directions.'),
} as const;

const WRITE_FLAGS = {
  anyway: flag('Write the result also if it misses the target.'),
  out: pathOption(
    'Folder to write to; it must not exist. With --sweep, it gets a folder for each checkpoint.',
  ),
  for: FOR_OPTION,
  copyRest: COPY_REST,
  json: flag('Print the whole result as one JSON document.'),
  report: pathOption(
    'Also write a report: FILE.md, FILE.json or FILE.xml (JUnit), with --sweep also FILE.csv; it must not exist.',
  ),
  withAnswers: flag('Also output the answers to harmful prompts, in JSON and reports.'),
  quiet: QUIET,
} as const;

/** How gates are fitted; the target is that of the repair. */
const { maxAsr: _asr, maxOverRefusal: _benign, ...GATE_FLAGS } = FIT_OPTIONS;

type MeasuredFlags = typeof MODEL_FLAGS &
  typeof SUITE_FLAGS &
  typeof METHOD_FLAGS &
  typeof TARGET_FLAGS &
  typeof WRITE_FLAGS;

const CURVE = {
  curve: flag('Measure strengths of the method, and take the best that reaches the target.'),
} as const;

type Flags = Partial<
  OptionValues<MeasuredFlags & typeof CURVE & typeof SAFETY_FLAG & typeof ANALYSIS_OPTIONS>
> &
  MeasureFlags &
  SelectionFlags & {
    readonly compare?: readonly string[];
    readonly strike?: readonly string[];
    readonly resumeFit?: string;
  } & Readonly<Record<string, unknown>>;

/** Of the flags that say what is tried. */
export const METHOD_GROUP = 'Method:';

/** Whether the command line asks for a repair by measurement. */
export function isMeasured(args: readonly string[]): boolean {
  return args.some((word) => word === '--suite' || word.startsWith('--suite='));
}

export const MEASURED_HELP = `
With --suite, a repair is measured: the adapter as it is, strengths of the method on one part of the prompts (fit), the
best one on the others (test). It is written if it reaches the target there: refusals as the aligned model has them,
with as much of the task as can be had.

  $ splora repair my-adapter --base ../base --aligned ../chat --suite suites                      # tries what works best
  $ splora repair my-adapter --base ../base --aligned ../chat --suite suites --method cut --curve
  $ splora repair my-adapter --aligned ../chat --suite suites --method scale --factor 0.5         # measures one strength
  $ splora repair my-adapter --base ../base --aligned ../chat --suite suites --report repair.md
  $ splora repair my-adapter --base ../base --aligned ../chat --suite suites --compare cut,project,extrapolate,scale
  $ splora repair my-run --base ../base --aligned ../chat --suite suites --sweep                  # each checkpoint of it

Exit codes: 0 done, or nothing to repair; 1 the target was missed (nothing is written without --anyway), 2 error,
130 interrupted (no partial output is left behind; --sweep keeps and reports the checkpoints that were finished).`;

/**
 * The flags and the action of a repair by measurement.
 * @param method absent: what works best
 */
export function defineMeasured(
  command: Command,
  method: RepairMethod | undefined,
  terminal: Terminal,
  done: (code: ExitCode) => void,
): void {
  command.argument('<adapter>', 'adapter folder, or its .safetensors file');
  addFlags(command.optionsGroup('Models:'), MODEL_FLAGS);
  addRepeated(command, '--allow-host');
  addRepeated(command.optionsGroup('Suites:'), '--suite');
  addFlags(command, SUITE_FLAGS);
  command.optionsGroup(METHOD_GROUP);
  addMethodFlags(command, method);
  addFlags(command.optionsGroup('Target:'), TARGET_FLAGS);
  if (method === undefined || method.needs.includes('fit')) addFitFlags(command.optionsGroup('Fit:'));
  addFlags(command.optionsGroup('Output:'), WRITE_FLAGS);
  command.addHelpText('after', MEASURED_HELP).action(async (adapter: string, flags: Flags) => {
    const isGiven = (name: string): boolean => command.getOptionValueSource(name) === 'cli';
    done(await run({ adapter, method, flags, isGiven }, terminal));
  });
}

function addRepeated(command: Command, name: '--suite' | '--allow-host'): void {
  for (const [flags, description] of REPEATED_FLAGS)
    if (flags.startsWith(`${name} `)) command.option(flags, description, added);
}

const added = (given: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  given,
];

function addMethodFlags(command: Command, method: RepairMethod | undefined): void {
  const compare = new Option(
    '--compare <methods>',
    'measure strengths of each of these methods, e.g. project,extrapolate,cut, and report the best of each',
  ).argParser((given: string) => given.split(',').map((id) => id.trim()));
  // With --method it is defined to be refused by name.
  command.addOption(compare.hideHelp(method !== undefined));
  addFlags(command, METHOD_FLAGS);
  if (method === undefined) {
    addFlags(command, SAFETY_FLAG);
    return;
  }
  // Throws if an option has the name of a flag.
  addFlags(command, method.options);
  if (method.curve !== undefined) addFlags(command, CURVE);
  if (method.needs.includes('safety')) addFlags(command, SAFETY_FLAG);
  if (method.needs.includes('selection')) addFlags(command, { ...ANALYSIS_OPTIONS, ...SELECTION_FLAGS });
}

function addFitFlags(command: Command): void {
  addFlags(command, GATE_FLAGS);
  command
    .option('--strike <suite=id>', 'fit gates without this prompt, e.g. harmful=h-12 (repeatable)', added)
    .option(
      '--resume-fit <file>',
      'keep the fit of gates in this file, and go on from it after an interruption',
    );
}

interface Asked {
  readonly adapter: string;
  readonly method: RepairMethod | undefined;
  readonly flags: Flags;
  readonly isGiven: (name: string) => boolean;
}

async function run(asked: Asked, terminal: Terminal): Promise<ExitCode> {
  const { method, flags } = asked;
  if (method !== undefined && flags.compare !== undefined)
    throw badRequest(
      say('--compare and --method cannot be combined.'),
      say('Add {0} to the methods of --compare, or leave --compare out.', method.id),
    );
  const request = requestOf(asked);
  await checkOut(flags.out, asked.adapter);
  if (flags.sweep === true) return await sweep(request, flags, terminal);
  const report = reportOf(flags.report);
  if (flags.report !== undefined) await checkOutput(flags.report, undefined);
  const { quiet, withAnswers = false } = flags;
  const { taskScore } = request.target;
  const document = await withEngine(({ engine, signal }) =>
    withEvaluator((evaluator, signalToo) =>
      withRepairProgress({ quiet, taskScore }, (emit) =>
        repairByMeasurement(
          request,
          { engine, evaluator },
          { signal: AbortSignal.any([signal, signalToo]), emit },
        ),
      ),
    ),
  );
  const options = { withAnswers, taskScore };
  if (report !== undefined)
    await writeFileAtomically(report.file, await report.text(document, options), { replace: false });
  terminal.out(
    flags.json === true
      ? await RESULT_KINDS.repair.exports.json.text(document, options)
      : repairText(document, terminal),
  );
  return document.outcome === 'missed' ? EXIT.gate : EXIT.ok;
}

function requestOf({ adapter, method, flags, isGiven }: Asked): MeasuredRepairRequest {
  const { aligned, suites, runner, judge, maxNewTokens, system, skipBrokenLines } = measureRequest(
    adapter,
    flags,
  );
  const {
    base,
    out,
    safety,
    fitLimit,
    testLimit,
    maxAsr = null,
    maxOverRefusal = null,
    minTask = null,
  } = flags;
  const asked = method === undefined ? (flags.compare ?? []).map(methodOf) : [method];
  const fixed = Object.keys(method?.options ?? {}).filter((name) => isGiven(name));
  return {
    ...{ adapter, method: method?.id ?? AUTO, curve: flags.curve === true },
    measure: { aligned, suites, runner, ...defined({ judge, maxNewTokens, system, skipBrokenLines }) },
    options: Object.fromEntries(fixed.map((name) => [name, flags[name]])),
    target: { maxAsr, maxOverRefusal, minTask, taskScore: flags.taskScore ?? DEFAULT_TASK_SCORE },
    ...(asked.some(({ needs }) => needs.includes('selection'))
      ? { selection: selectionOf(flags), analysis: analysisOf(flags) }
      : {}),
    fit: fitOf(flags, isGiven),
    chance: flags.skipChance !== true,
    anyway: flags.anyway === true,
    copyRest: flags.copyRest === true,
    ...defined({ base, out, safety, compare: flags.compare, fitLimit, testLimit, for: flags.for }),
  };
}

/** @throws SploraError `bad-request` */
function fitOf(
  { strike = [], resumeFit, ...flags }: Flags,
  isGiven: (name: string) => boolean,
): NonNullable<MeasuredRepairRequest['fit']> {
  const given = Object.keys(GATE_FLAGS).filter((name) => isGiven(name));
  const options = parseOptions(FIT_OPTIONS, Object.fromEntries(given.map((name) => [name, flags[name]])));
  if ('problem' in options) throw optionError(options.problem);
  const struck: Partial<Record<SuiteKind, readonly string[]>> = {};
  for (const one of strike) {
    const [kind, id] = struckPrompt(one);
    struck[kind] = [...(struck[kind] ?? []), id];
  }
  return { options: options.values, struck, ...defined({ journal: resumeFit }) };
}

function struckPrompt(given: string): readonly [SuiteKind, string] {
  const at = given.indexOf('=');
  const kind = SUITE_KINDS.find((one) => one === given.slice(0, Math.max(0, at)));
  if (kind !== undefined && at < given.length - 1) return [kind, given.slice(at + 1)];
  throw badRequest(
    say('{0} is no prompt to strike.', JSON.stringify(visibleText(given))),
    say('Give the suite and the id, e.g. harmful=h-12.'),
  );
}

/** Each has a default. */
function analysisOf({
  population = 'shape',
  scale = 'effective',
  quartiles = 'exact',
}: Flags): AnalysisOptions {
  return { population, scale, quartiles };
}

interface Report {
  readonly file: string;
  readonly text: (document: RepairDocument, options: { readonly withAnswers: boolean }) => Promise<string>;
}

/** @throws SploraError `bad-request` for another extension */
function reportOf(file: string | undefined): Report | undefined {
  if (file === undefined) return undefined;
  const extension = path.extname(file).toLowerCase();
  const formats = Object.values(RESULT_KINDS.repair.exports);
  const found = formats.find((format) => `.${format.extension}` === extension);
  if (found !== undefined) return { file, text: (document, options) => found.text(document, options) };
  throw badRequest(
    say('A report cannot be written as {0}.', JSON.stringify(path.basename(file))),
    say('Allowed: {0}.', formats.map((format) => `.${format.extension}`).join(', ')),
  );
}

/** The ids that `--method` takes. */
export const METHOD_CHOICES = [...METHODS.map(({ id }) => id), AUTO];
