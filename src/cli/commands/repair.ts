import { Option, type Command } from 'commander';
import { rescore } from '../../core/ediem/rescore';
import { badRequest } from '../../core/errors';
import { FOR_MODEL_OPTION, FOR_OPTION } from '../../core/export/targets';
import { render, say, type Message } from '../../core/message';
import { flag, pathOption, type OptionValues } from '../../core/options';
import type { Provenance } from '../../core/provenance';
import type { AnalysisDocument } from '../../core/report/analysis';
import { visibleText } from '../../core/report/escape';
import { formatBytes, formatModules } from '../../core/report/scores';
import { selectedModules, select } from '../../core/selection/select';
import type { SelectionOptions } from '../../core/selection/types';
import { checkSafety, METHODS, methodOf, modelNeeds } from '../../methods';
import { defaultStrength } from '../../methods/defaultStrength';
import type { RepairMethod } from '../../methods/types';
import type { RepairResult } from '../../protocol/engineApi';
import { ruleText, unscoredModules } from '../analysisTable';
import { checkSelection, validateFlags, withEngine, type EngineSession } from '../engineSession';
import {
  addFlags,
  COPY_REST,
  hasRuleFlags,
  QUIET,
  SAFETY_FLAG,
  SCORE_FLAGS,
  SELECTION_FLAGS,
  selectionOf,
  type ScoreFlags,
  type SelectionFlags,
} from '../flags';
import { checkOut } from '../outFolder';
import { documentText, EXIT, fullText, noteLines, type ExitCode, type Terminal } from '../output';
import type { Define } from '../define';
import { withProgress } from '../progress';
import { readAnalysis } from '../savedAnalysis';
import { AUTO } from '../../protocol/repairApi';
import { analyzeRequest, modelPair, runAnalysis } from './analyze';
import { defineMeasured, isMeasured, MEASURED_HELP, METHOD_CHOICES, METHOD_GROUP } from './repairMeasured';
import { defined } from '../../core/record';

const OUTPUT_FLAGS = {
  out: pathOption('Folder to write to; it must not exist.'),
  for: FOR_OPTION,
  model: FOR_MODEL_OPTION,
  copyRest: COPY_REST,
  json: flag('Print what was written as JSON.'),
} as const;

/** For a method that needs the selection. */
const CHOICE_FLAGS = {
  ...SCORE_FLAGS,
  ...SELECTION_FLAGS,
  from: pathOption('Use a saved analysis instead of --base and --aligned.'),
} as const;

/** With the options of the method. */
type Flags = ScoreFlags &
  SelectionFlags &
  Partial<OptionValues<typeof CHOICE_FLAGS & typeof OUTPUT_FLAGS & typeof SAFETY_FLAG>> &
  Readonly<Record<string, unknown>>;

const CHOICE_HELP = `
How modules are selected:
  --base and --aligned   score first, then apply the rule (default: --top 10) and the pins
  --from FILE            the same from a saved analysis (splora analyze … --json > FILE); the base weights are not read
  --pin-prune alone      manual: exactly these modules are pruned; no scores are needed
`;

const PRUNE_EXAMPLES = `
Examples:
  $ splora prune my-adapter --base ../base --aligned ../chat --top 8
  $ splora prune my-adapter --from analysis.json --threshold 1.5 --pin-keep model.layers.0.self_attn.q_proj
  $ splora prune my-adapter --pin-prune model.layers.3.mlp.up_proj --pin-prune model.layers.4.mlp.up_proj
`;

const HELP = `
The original is never changed: the result goes to <adapter>-splora, then <adapter>-splora-2 and so on.
Test the written adapter on the model: only a test shows whether it refuses more and still performs its task.

Exit codes: 0 done, 2 error, 130 interrupted (no partial output is left behind).`;

/** `splora prune`: the method of the same name. */
export const definePrune: Define = (command, terminal, done) => {
  command.description('Write a pruned copy of an adapter beside the original.');
  defineMethod(command, methodOf('prune'), PRUNE_EXAMPLES, terminal, done);
};

/** `splora repair`: any method with its own flags, or with `--suite` the one that measures best. */
export const defineRepair: Define = (command, terminal, done, args) => {
  command
    .description('Write a repaired copy of an adapter beside the original.')
    .addOption(
      new Option('--method <id>', `how to repair it (with --suite, default: ${AUTO})`)
        .choices(METHOD_CHOICES)
        .helpGroup(METHOD_GROUP),
    );
  const chosen = chosenMethod(args);
  const method = METHODS.find(({ id }) => id === chosen);
  if (isMeasured(args)) {
    if (method !== undefined) command.description(method.summary);
    defineMeasured(command, method, terminal, done);
    return;
  }
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
      `\nMethods (splora repair --method ID --help shows the flags of one):\n${list}\n${HELP}\n${MEASURED_HELP}`,
    )
    .action(() => {
      throw badRequest(
        say('Nothing says how to repair it.'),
        say('Give --suite to find out by measurement what works best, or choose with --method ID.'),
      );
    });
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
  const takesSelection = method.needs.includes('selection');
  command.argument('<adapter>', 'adapter folder, or its .safetensors file');
  const models = modelNeeds(method).map((need) => [need, SCORE_FLAGS[need]] as const);
  addFlags(command, takesSelection ? CHOICE_FLAGS : { ...Object.fromEntries(models), quiet: QUIET });
  if (method.needs.includes('safety')) addFlags(command, SAFETY_FLAG);
  // Throws if an option has the name of a flag.
  addFlags(command, method.options);
  addFlags(command, OUTPUT_FLAGS)
    .addHelpText('after', `${takesSelection ? CHOICE_HELP : ''}${examples}${HELP}`)
    .action(async (adapter: string, flags: Flags) => {
      const isGiven = (name: string): boolean => command.getOptionValueSource(name) === 'cli';
      done(await repair({ adapter, method, flags, isGiven }, terminal));
    });
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
  /** Whether a flag is on the command line; if not, its value is the default. */
  readonly isGiven: (name: string) => boolean;
}

async function repair(job: Job, terminal: Terminal): Promise<ExitCode> {
  const { adapter, method, flags } = job;
  await checkOut(flags.out, adapter);
  checkModels(job);
  const choose = method.needs.includes('selection')
    ? await chooser(job, selectionOf(flags))
    : () => Promise.resolve({ modules: [], notes: [], unscored: [] });
  const text = await withEngine(async (session) => {
    const choice: Choice = await choose(session);
    const result = withStrengthNote(job, await write(session, job, choice));
    return flags.json === true ? documentOf(job, choice, result) : summary(choice, result);
  });
  terminal.out(text);
  return EXIT.ok;
}

function withStrengthNote({ method, flags, isGiven }: Job, result: RepairResult): RepairResult {
  const given = Object.entries(flags).filter(([name]) => isGiven(name));
  const note = defaultStrength(method, Object.fromEntries(given), '--curve --suite DIR');
  return note === undefined ? result : { ...result, notes: [...result.notes, note] };
}

/** The options of the method among the flags. */
function optionsOf({ method, flags }: Job): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.keys(method.options).map((name) => [name, flags[name]]));
}

/** Rejects a missing model before an engine is started. */
function checkModels({ method, flags }: Job): void {
  if (modelNeeds(method).length > 0)
    modelPair(flags, (flag) => say('The method {0} needs two models: {1} is missing.', method.id, flag));
  checkSafety(method, flags.safety);
}

function documentOf(job: Job, { selection, notes, unscored }: Choice, result: RepairResult): string {
  const { effect: _effect, changed, ...rest } = result;
  return documentText({
    ...(selection === undefined
      ? {}
      : { selection, unscored: unscored.map(({ module, status, reason }) => ({ module, status, reason })) }),
    ...rest,
    ...optionsOf(job),
    // The name that `prune` has always had for it.
    ...(result.method === 'prune' ? { removed: changed } : { changed }),
    notes: [...notes, ...result.notes],
  });
}

/** Checks the flags before an engine is started. */
async function chooser(
  job: Job,
  selection: SelectionOptions,
): Promise<(session: EngineSession) => Promise<Choice>> {
  const { adapter, flags } = job;
  const { base, aligned, from } = flags;
  const hasModels = base !== undefined || aligned !== undefined;
  if (from !== undefined) {
    if (hasModels)
      throw badRequest(
        say('--from cannot be combined with --base or --aligned.'),
        say('The saved analysis names its models.'),
      );
    const choice = chooseByRule(await savedAnalysis(job, from), selection);
    return () => Promise.resolve(choice);
  }
  if (hasModels) {
    const request = analyzeRequest(adapter, flags);
    return async (session) =>
      chooseByRule(await runAnalysis(session, request, selection, flags.quiet), selection);
  }
  if (selection.pins.prune.length === 0 || hasRuleFlags(flags))
    throw badRequest(
      say('Nothing says which modules go.'),
      say(
        'Specify --base and --aligned to score them, --from a saved analysis, or only --pin-prune MODULE to choose by hand.',
      ),
    );
  validateFlags(selection);
  return async (session) => {
    await checkSelection(session, adapter, selection);
    return {
      modules: [...new Set(selection.pins.prune)],
      provenance: { by: 'hand' },
      selection: { ...selection, rule: { kind: 'none' } },
      notes: [],
      unscored: [],
    };
  };
}

/** Scored again with the options on the command line. */
async function savedAnalysis({ adapter, flags, isGiven }: Job, from: string): Promise<AnalysisDocument> {
  if (isGiven('quartiles'))
    throw badRequest(
      say('--quartiles cannot be combined with --from.'),
      say('The saved analysis holds quartiles of one kind; analyze again for the other.'),
    );
  if (isGiven('loader'))
    throw badRequest(
      say('--loader cannot be combined with --from.'),
      say('The saved analysis holds scores of one loader; analyze again for another.'),
    );
  const { population, scale } = flags;
  const saved = await readAnalysis(from, adapter);
  return rescore(saved, {
    ...saved.options,
    ...(isGiven('population') ? { population } : {}),
    ...(isGiven('scale') ? { scale } : {}),
  });
}

function chooseByRule(document: AnalysisDocument, selection: SelectionOptions): Choice {
  const verdicts = select(document.modules, selection, document.adapter);
  return {
    modules: selectedModules(verdicts),
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

async function write(
  { engine, signal }: EngineSession,
  job: Job,
  { modules, provenance }: Choice,
): Promise<RepairResult> {
  const { adapter, method, flags } = job;
  const { out, copyRest = false, for: target } = flags;
  const model = flags.model ?? flags.aligned;
  const given = { adapter, method: method.id, options: optionsOf(job), modules, copyRest };
  const models = Object.fromEntries(modelNeeds(method).map((need) => [need, flags[need]]));
  const request = {
    ...given,
    ...models,
    ...defined({ provenance, out, safety: flags.safety, target, model }),
  };
  return await withProgress('writing', flags.quiet, (onEvent) =>
    engine.call('repair', request, { signal, onEvent }),
  );
}

function summary({ selection, notes, unscored }: Choice, result: RepairResult): string {
  const { changed, kept, effect } = result;
  const count = `${changed.length} of ${formatModules(changed.length + kept.length)} ${render(effect)}`;
  return [
    `Wrote ${fullText(result.out)}`,
    ...result.files.map(({ path, bytes }) => `  ${fullText(path)}  ${formatBytes(bytes)}`),
    ...(selection === undefined
      ? [`${count}.`]
      : [`${count} (${ruleText(selection)}):`, ...changed.map((module) => `  ${visibleText(module)}`)]),
    `Weights: ${formatBytes(result.bytesBefore)} before, ${formatBytes(result.bytesAfter)} after.`,
    ...noteLines(
      [
        ...[...result.notes, ...notes].map((note) => render(note)),
        ...unscored.map(
          ({ module, reason }) => `not scored, so the rule did not take it: ${module}: ${render(reason)}`,
        ),
      ],
      '--json',
    ),
    'Test refusals and the task on the model before you use it: scores measure weights, not behavior.',
    '',
  ].join('\n');
}
