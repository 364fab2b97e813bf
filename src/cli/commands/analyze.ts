import { badRequest } from '../../core/errors';
import { say, type Message } from '../../core/message';
import { choice, flag, type OptionValues } from '../../core/options';
import type { AnalysisDocument } from '../../core/report/analysis';
import { formatDecided } from '../../core/report/json';
import { RESULT_KINDS } from '../../core/results';
import { analysisMetrics } from '../../core/results/analysis/metrics';
import { select } from '../../core/selection/select';
import type { ModuleVerdict, SelectionOptions } from '../../core/selection/types';
import type { AnalyzeRequest } from '../../protocol/engineApi';
import { analysisTable } from '../analysisTable';
import { checkSelection, withEngine, type EngineSession } from '../engineSession';
import { addFlags, SCORE_FLAGS, SELECTION_FLAGS, selectionOf, type ScoreFlags } from '../flags';
import {
  checkGates,
  failedGates,
  GATE_FLAGS,
  hasGate,
  loaderChanges,
  unscoredChanges,
  type Unscored,
} from '../gates';
import { EXIT, fullText, type ExitCode, type Terminal } from '../output';
import type { Define } from '../define';
import { withProgress } from '../progress';
import { defined } from '../../core/record';
import {
  formatJsonLines,
  isTrackerFormat,
  logFolder,
  STEP_FLAG,
  stepsOf,
  TRACKER_FORMATS,
  writeEvents,
  type TrackerFormat,
} from '../trackers/trackers';

const FORMATS = ['table', 'json', 'csv', 'markdown', 'sarif', 'svg', ...TRACKER_FORMATS] as const;
type Format = (typeof FORMATS)[number];

const FLAGS = {
  ...SCORE_FLAGS,
  ...SELECTION_FLAGS,
  format: choice(FORMATS, 'Output format (default: table).'),
  json: flag('Print the analysis as one JSON document (same as --format json).'),
  all: flag('Show every row of the table, not only the first ones.'),
  step: STEP_FLAG,
  ...GATE_FLAGS,
} as const;

type AnalyzeFlags = ScoreFlags & Partial<OptionValues<typeof FLAGS>> & { readonly out?: string };

const HELP = `
Examples:
  $ splora analyze my-adapter --base meta-llama/Llama-3.1-8B --aligned meta-llama/Llama-3.1-8B-Instruct
  $ splora analyze my-adapter --base ../base --aligned ../chat --json > analysis.json
  $ splora analyze my-adapter --base ../base --aligned ../chat --max-standouts 0   # a gate in a pipeline
  $ splora analyze my-adapter --base ../base --aligned ../chat --format svg > heatmap.svg
  $ splora analyze run/checkpoint-* --base ../base --aligned ../chat --format jsonl               # a line for each step
  $ splora analyze run/checkpoint-* --base ../base --aligned ../chat --format tensorboard -o runs/splora

A gate also fails on changes without a score and on modules that the loader would not load, and lists them.
E-DIEM compares the modules of one adapter: it does not limit the size of the update, and it decreases when all updates grow.
For a bound, use --rank-by updateNorm --fail-above N.

Modules stand out if their weights are beyond chance (it can be none); the selection (--top and so on) is your choice.
Reading the table: the module that is selected first is on top. Read cosine and retained share alongside the score: after
a small alignment step the distance follows the size of the update. Scores measure weights, not behavior.

Exit codes: 0 done, 1 a gate failed, 2 error, 130 interrupted.`;

/** `splora analyze`. */
export const defineAnalyze: Define = (command, terminal, done) => {
  command
    .description(
      'Score every LoRA module of an adapter against the alignment direction, aligned minus base (E-DIEM).',
    )
    .argument(
      '<adapter...>',
      'adapter folder, or its .safetensors file; several with --format jsonl or tensorboard',
    );
  addFlags(command, FLAGS)
    .option('-o, --out <folder>', 'log folder of --format tensorboard')
    .addHelpText('after', HELP)
    .action(async (adapters: readonly string[], flags: AnalyzeFlags) =>
      done(await run(adapters, flags, terminal)),
    );
};

interface Analyzed {
  readonly document: AnalysisDocument;
  readonly verdicts: readonly ModuleVerdict[];
  readonly unscored: readonly Unscored[];
  /** A line for each gate that does not hold. */
  readonly failed: readonly string[];
}

async function run(adapters: readonly string[], flags: AnalyzeFlags, terminal: Terminal): Promise<ExitCode> {
  const selection = selectionOf(flags);
  checkGates(flags, selection);
  const format = formatOf(flags);
  const { steps, logs } = await checkTarget(adapters, format, flags);
  const analyzed = await withEngine(async (session) => {
    const done: Analyzed[] = [];
    for (const adapter of adapters) done.push(await analyze(session, adapter, flags, selection));
    return done;
  });
  if (isTrackerFormat(format)) {
    const metrics = analyzed.map(({ document, verdicts }, index) =>
      analysisMetrics(document, verdicts, steps[index] ?? null),
    );
    if (logs === undefined) terminal.out(formatJsonLines(metrics));
    else await writeEvents(logs, metrics, terminal);
  } else for (const one of analyzed) terminal.out(await formatted(one, format, flags, selection, terminal));
  const failed = analyzed.flatMap(({ document, failed }) =>
    failed.map((line) => (adapters.length === 1 ? line : `${fullText(document.adapter)}: ${line}`)),
  );
  failed.forEach((line) => terminal.err(`splora: ${line}`));
  return failed.length === 0 ? EXIT.ok : EXIT.gate;
}

function formatOf({ json, format }: AnalyzeFlags): Format {
  if (json === true && format !== undefined && format !== 'json')
    throw badRequest(
      say('--json and --format {0} cannot be combined.', format),
      say('Give one of them: --json is short for --format json.'),
    );
  return json === true ? 'json' : (format ?? 'table');
}

/**
 * Of each adapter the training step, and the log folder of TensorBoard.
 * @throws SploraError `bad-request`, `output-exists`
 */
async function checkTarget(
  adapters: readonly string[],
  format: Format,
  { step, out }: AnalyzeFlags,
): Promise<{ readonly steps: readonly (number | null)[]; readonly logs?: string }> {
  if (adapters.length > 1 && !isTrackerFormat(format))
    throw badRequest(
      say('Several adapters need --format jsonl or --format tensorboard.'),
      say('Other formats show one adapter.'),
    );
  const steps = stepsOf(adapters, step);
  if (format === 'tensorboard') return { steps, logs: await logFolder(out, adapters, steps) };
  if (out !== undefined)
    throw badRequest(
      say('--out is for --format tensorboard.'),
      say('Other formats are printed: redirect them with > FILE.'),
    );
  return { steps };
}

async function analyze(
  session: EngineSession,
  adapter: string,
  flags: AnalyzeFlags,
  selection: SelectionOptions,
): Promise<Analyzed> {
  const document = await runAnalysis(session, analyzeRequest(adapter, flags), selection, flags.quiet);
  const unscored = [
    ...unscoredChanges(document, selection),
    ...(hasGate(flags) ? await changesByLoading(session, document) : []),
  ];
  const verdicts = select(document.modules, selection);
  return {
    document,
    verdicts,
    unscored,
    failed: failedGates(flags, document, verdicts, selection, unscored),
  };
}

async function formatted(
  { document, verdicts, unscored, failed }: Analyzed,
  format: Exclude<Format, TrackerFormat>,
  flags: AnalyzeFlags,
  selection: SelectionOptions,
  terminal: Terminal,
): Promise<string> {
  if (format === 'table') return analysisTable(document, verdicts, selection, terminal, flags.all === true);
  if (format !== 'json')
    return await RESULT_KINDS.analysis.exports[format].text(document, { verdicts, selection });
  const { failAbove = null, maxSelected = null, maxStandouts = null, allowUnscored = false } = flags;
  const gates = { failAbove, maxSelected, maxStandouts, allowUnscored, failed, unscored };
  return formatDecided(document, verdicts, selection, { gates });
}

/** What the loader whose effect is scored ignores by the adapter itself, and what it adds to the model. */
async function changesByLoading(
  { engine, signal }: EngineSession,
  { adapter, aligned, family, options }: AnalysisDocument,
): Promise<readonly Unscored[]> {
  const loaders = [options.loader ?? family];
  const alone = await engine.call('check', { adapter, loaders }, { signal });
  const onto = await engine.call('check', { adapter, loaders, model: aligned }, { signal });
  return [
    ...alone.loaders.map((check) => ({ ...check, findings: [] })),
    ...onto.loaders.map((check) => ({ ...check, altered: [], silent: [], unsure: [] })),
  ].flatMap(loaderChanges);
}

/**
 * The engine's request.
 * @throws SploraError `bad-request` when a model is missing
 */
export function analyzeRequest(adapter: string, flags: ScoreFlags): AnalyzeRequest {
  const { population, scale, quartiles, loader, threads } = flags;
  const { base, aligned } = modelPair(flags, (flag) => say('Scores need two models: {0} is missing.', flag));
  const options = { population, scale, quartiles, ...defined({ loader }) };
  return { adapter, base, aligned, options, ...defined({ threads }) };
}

/**
 * Both models of the flags.
 * @param missing says that one is missing
 * @throws SploraError `bad-request` if one is missing or empty
 */
export function modelPair(
  { base, aligned }: Pick<ScoreFlags, 'base' | 'aligned'>,
  missing: (flag: string) => Message,
): { readonly base: string; readonly aligned: string } {
  if (base === undefined || aligned === undefined)
    throw badRequest(
      missing(base === undefined ? '--base' : '--aligned'),
      say('Give --base (before alignment) and --aligned (the chat model the adapter was trained on).'),
    );
  const empty = base.trim() === '' ? '--base' : aligned.trim() === '' ? '--aligned' : undefined;
  if (empty !== undefined)
    throw badRequest(
      say('{0} is empty.', empty),
      say('Specify a folder, a .safetensors file, or a Hugging Face repo ID.'),
    );
  return { base, aligned };
}

/** Scores the adapter, with progress on standard error. Rejects an invalid selection first. */
export async function runAnalysis(
  session: EngineSession,
  request: AnalyzeRequest,
  selection: SelectionOptions,
  quiet: boolean | undefined,
): Promise<AnalysisDocument> {
  await checkSelection(session, request.adapter, selection);
  const { engine, signal } = session;
  return await withProgress('analyzing', quiet, (onEvent) =>
    engine.call('analyze', request, { signal, onEvent }),
  );
}
