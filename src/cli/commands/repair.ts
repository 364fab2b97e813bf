import { stat } from 'node:fs/promises';
import path from 'node:path';
import { Option, type Command } from 'commander';
import { SploraError } from '../../core/errors';
import { rescore } from '../../core/ediem/rescore';
import type { AnalysisDocument, AnalysisOptions } from '../../core/report/analysis';
import { visibleText } from '../../core/report/escape';
import { formatBytes, formatModules } from '../../core/report/scores';
import { select, validateSelection } from '../../core/selection/select';
import type { SelectionOptions } from '../../core/selection/types';
import { errnoCode, ioError } from '../../io/ioError';
import type { Provenance } from '../../core/provenance';
import { METHODS, methodOf } from '../../methods';
import type { RepairMethod } from '../../methods/types';
import type { RepairResult } from '../../protocol/engineApi';
import { limited, ruleText, unscoredModules } from '../analysisTable';
import { checkSelection, validateFlags, withEngine, type EngineSession } from '../engineSession';
import { EXIT, type ExitCode } from '../exitCodes';
import { documentText, type Terminal } from '../output';
import { progressReporter } from '../progress';
import { readAnalysis } from '../savedAnalysis';
import { optionFlag } from '../optionFlag';
import type { Define } from '../program';
import { addSelectionFlags, hasRuleFlags, selectionOf, type SelectionFlags } from '../selectionFlags';
import { addScoreFlags, analyzeRequest, runAnalysis, type ScoreFlags } from './analyze';
import { render, say, type Message } from '../../core/message';

interface RepairFlags extends ScoreFlags, SelectionFlags {
  readonly from?: string;
  readonly out?: string;
  readonly copyRest?: boolean;
  readonly json?: boolean;
}

/** With the options of the method. */
type Flags = RepairFlags & Readonly<Record<string, unknown>>;

const CHOICE_HELP = `
Where the choice comes from:
  --base and --aligned   score first, then apply the rule (default: --top 10) and the pins
  --from FILE            the same from a saved analysis (splora analyze … --json > FILE); no weights of the base are read
  --pin-prune alone      by hand: exactly these modules go, and no scores are needed
`;

const PRUNE_EXAMPLES = `
Examples:
  $ splora prune my-adapter --base ../base --aligned ../chat --top 8
  $ splora prune my-adapter --from analysis.json --threshold 1.5 --pin-keep model.layers.0.self_attn.q_proj
  $ splora prune my-adapter --pin-prune model.layers.3.mlp.up_proj --pin-prune model.layers.4.mlp.up_proj
`;

const HELP = `
The original is never changed: the result goes to <adapter>-splora, then <adapter>-splora-2 and so on.
Whether the written adapter refuses more, or still does its task, has to be tested on the model.

Exit codes: 0 done, 2 error, 130 interrupted (nothing is left half written).`;

/** `splora prune`: the method of the same name. */
export const definePrune: Define = (command, terminal, done) => {
  command.description('Write a pruned copy of an adapter beside the original.');
  defineMethod(command, methodOf('prune'), PRUNE_EXAMPLES, terminal, done);
};

/** `splora repair --method ID`: any method, with its own flags. */
export const defineRepair: Define = (command, terminal, done, args) => {
  const ids = METHODS.map(({ id }) => id);
  command
    .description('Write a repaired copy of an adapter beside the original.')
    .addOption(new Option('--method <id>', 'how to repair it').choices(ids).makeOptionMandatory());
  const method = METHODS.find(({ id }) => id === chosenMethod(args));
  if (method !== undefined) {
    command.description(method.summary);
    defineMethod(command, method, '', terminal, done);
    return;
  }
  const list = METHODS.map(({ id, summary }) => `  ${id.padEnd(16)} ${summary}`).join('\n');
  command
    .argument('<adapter>', 'adapter folder, or its .safetensors file')
    // Which flags there are depends on the method, which comes first.
    .allowUnknownOption()
    .addHelpText(
      'after',
      `\nMethods (splora repair --method ID --help shows the flags of one):\n${list}\n${HELP}`,
    );
};

function chosenMethod(args: readonly string[]): string | undefined {
  const at = args.findIndex((word) => word === '--method' || word.startsWith('--method='));
  const word = args[at];
  return word === '--method' ? args[at + 1] : word?.slice('--method='.length);
}

function defineMethod(
  command: Command,
  method: RepairMethod,
  examples: string,
  terminal: Terminal,
  done: (code: ExitCode) => void,
): void {
  const isScored = method.needs.includes('scores');
  command.argument('<adapter>', 'adapter folder, or its .safetensors file');
  if (isScored) {
    addSelectionFlags(addScoreFlags(command)).option(
      '--from <file>',
      'a saved analysis instead of --base and --aligned',
    );
  } else command.option('--quiet', 'no progress on standard error');
  for (const [name, option] of Object.entries(method.options)) command.addOption(optionFlag(name, option));
  command
    .option('--out <folder>', 'folder to write to; it must not exist')
    .option('--copy-rest', 'copy the other files of the folder (tokenizer, README) too')
    .option('--json', 'what was written, as JSON')
    .addHelpText('after', `${isScored ? CHOICE_HELP : ''}${examples}${HELP}`)
    .action(async (adapter: string, flags: Flags) =>
      done(await repair({ adapter, method, flags, given: givenOptions(command, flags) }, terminal)),
    );
}

/** Options of scoring that are given; the others are defaults, which a saved analysis overrules. */
type GivenOptions = Partial<AnalysisOptions>;

function givenOptions(command: Command, { population, scale, quartiles }: RepairFlags): GivenOptions {
  const isGiven = (name: keyof AnalysisOptions): boolean => command.getOptionValueSource(name) === 'cli';
  return {
    ...(isGiven('population') ? { population } : {}),
    ...(isGiven('scale') ? { scale } : {}),
    ...(isGiven('quartiles') ? { quartiles } : {}),
  };
}

/** Which modules the method is about, and how that was decided. */
interface Choice {
  readonly modules: readonly string[];
  readonly provenance?: Provenance;
  readonly selection?: SelectionOptions;
  /** Notes of the analysis. */
  readonly notes: readonly Message[];
  /** Modules that the rule could not judge. */
  readonly unscored: ReturnType<typeof unscoredModules>;
}

interface Job {
  readonly adapter: string;
  readonly method: RepairMethod;
  readonly flags: Flags;
  readonly given: GivenOptions;
}

async function repair(job: Job, terminal: Terminal): Promise<ExitCode> {
  const { method, flags } = job;
  await checkOut(flags.out);
  const choose = method.needs.includes('scores')
    ? await chooser(job, selectionOf(flags))
    : () => Promise.resolve({ modules: [], notes: [], unscored: [] });
  const { choice, result } = await withEngine(async (session) => {
    const choice: Choice = await choose(session);
    return { choice, result: await write(session, job, choice) };
  });
  if (flags.json === true) terminal.out(documentOf(job, choice, result));
  else terminal.out(summary(choice, result));
  return EXIT.ok;
}

/** The options of the method among the flags. */
function optionsOf({ method, flags }: Job): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.keys(method.options).map((name) => [name, flags[name]]));
}

/** Refuses a place that cannot be before any weight is read. */
async function checkOut(out: string | undefined): Promise<void> {
  if (out === undefined) return;
  if (out.trim() === '') throw badRequest(say('--out is empty.'), say('Name the folder to write to.'));
  const parent = path.dirname(path.resolve(out));
  try {
    await stat(parent);
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR'].includes(errnoCode(error) ?? ''))
      throw ioError(error, 'Looking at --out failed: {0}', parent);
    throw new SploraError(
      {
        code: 'not-found',
        message: say('The folder that --out should be written into does not exist'),
        file: parent,
        advice: say('Create it first, or choose another place.'),
      },
      { cause: error },
    );
  }
}

function documentOf(job: Job, { selection, notes, unscored }: Choice, result: RepairResult): string {
  const { effect: _effect, changed, ...rest } = result;
  return documentText({
    ...(selection === undefined ? {} : { selection, unscored }),
    ...rest,
    ...optionsOf(job),
    // The name that `prune` has always had for it.
    ...(result.method === 'prune' ? { removed: changed } : { changed }),
    notes: [...notes, ...result.notes],
  });
}

/** Settles where the choice comes from before an engine is started, so that a wrong flag costs nothing. */
async function chooser(
  { adapter, flags, given }: Job,
  selection: SelectionOptions,
): Promise<(session: EngineSession) => Promise<Choice>> {
  const { base, aligned, from } = flags;
  if (from !== undefined) {
    if (base !== undefined || aligned !== undefined)
      throw badRequest(
        say('--from cannot be combined with --base or --aligned.'),
        say('The saved analysis names its models.'),
      );
    if (given.quartiles !== undefined)
      throw badRequest(
        say('--quartiles cannot be combined with --from.'),
        say('The saved analysis holds quartiles of one kind; analyze again for the other.'),
      );
    const saved = await readAnalysis(from, adapter);
    const choice = chooseByRule(rescore(saved, { ...saved.options, ...given }), selection);
    return () => Promise.resolve(choice);
  }
  if (
    base === undefined &&
    aligned === undefined &&
    selection.pins.prune.length > 0 &&
    !hasRuleFlags(flags)
  ) {
    validateFlags(selection);
    return async (session) => {
      await checkSelection(session, adapter, selection);
      return chooseByHand(selection);
    };
  }
  if (base === undefined && aligned === undefined) {
    throw badRequest(
      say('Nothing says which modules go.'),
      say(
        'Give --base and --aligned to score them, --from a saved analysis, or only --pin-prune MODULE to choose by hand.',
      ),
    );
  }
  const request = analyzeRequest(adapter, flags);
  return async (session) =>
    chooseByRule(await runAnalysis(session, request, selection, flags.quiet === true), selection);
}

function chooseByRule(document: AnalysisDocument, selection: SelectionOptions): Choice {
  const names = document.modules.map(({ module }) => module);
  validateSelection(selection, names, document.adapter);
  const verdicts = select(document.modules, selection);
  return {
    modules: verdicts.filter(({ verdict }) => verdict === 'prune').map(({ module }) => module),
    provenance: {
      by: 'rule',
      selection,
      options: document.options,
      base: document.base,
      aligned: document.aligned,
    },
    selection,
    notes: document.notes,
    unscored: unscoredModules(document),
  };
}

function chooseByHand(selection: SelectionOptions): Choice {
  return {
    modules: [...new Set(selection.pins.prune)],
    provenance: { by: 'hand' },
    selection: { ...selection, rule: { kind: 'none' } },
    notes: [],
    unscored: [],
  };
}

function badRequest(message: Message, advice: Message): SploraError {
  return new SploraError({ code: 'bad-request', message, advice });
}

async function write(
  { engine, signal }: EngineSession,
  job: Job,
  { modules, provenance }: Choice,
): Promise<RepairResult> {
  const { adapter, method, flags } = job;
  const progress = progressReporter('writing', flags.quiet === true);
  const { out, copyRest } = flags;
  try {
    return await engine.call(
      'repair',
      {
        ...{ adapter, method: method.id, options: optionsOf(job), modules, copyRest: copyRest === true },
        ...(provenance === undefined ? {} : { provenance }),
        ...(out === undefined ? {} : { out }),
      },
      { signal, onEvent: progress.onProgress },
    );
  } finally {
    progress.stop();
  }
}

const MAX_PATH = 4096;

function summary({ selection, notes, unscored }: Choice, result: RepairResult): string {
  const { changed, kept, effect } = result;
  const count = `${changed.length} of ${formatModules(changed.length + kept.length)} ${render(effect)}`;
  return [
    `Wrote ${visibleText(result.out, MAX_PATH)}`,
    ...result.files.map(({ path, bytes }) => `  ${visibleText(path, MAX_PATH)}  ${formatBytes(bytes)}`),
    ...(selection === undefined
      ? [`${count}.`]
      : [`${count} (${ruleText(selection)}):`, ...changed.map((module) => `  ${visibleText(module)}`)]),
    `Weights: ${formatBytes(result.bytesBefore)} before, ${formatBytes(result.bytesAfter)} after.`,
    ...limited([
      ...[...result.notes, ...notes].map((note) => render(note)),
      ...unscored.map(
        ({ module, reason }) => `not scored, so the rule did not take it: ${module}: ${render(reason)}`,
      ),
    ]),
    'Test refusals and the task on the model before you use it: scores measure weights, not behavior.',
    '',
  ].join('\n');
}
