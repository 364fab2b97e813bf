import { Option, type Command } from 'commander';
import { SploraError } from '../../core/errors';
import type { PopulationKind, ScaleMode } from '../../core/ediem/types';
import type { AnalysisDocument, QuartileMode } from '../../core/report/analysis';
import { formatDecided } from '../../core/report/json';
import { RESULT_KINDS } from '../../core/results';
import { select } from '../../core/selection/select';
import type { ModuleVerdict, SelectionOptions } from '../../core/selection/types';
import type { AnalyzeRequest } from '../../protocol/engineApi';
import { analysisTable } from '../analysisTable';
import { checkSelection, withEngine, type EngineSession } from '../engineSession';
import { EXIT, type ExitCode } from '../exitCodes';
import {
  checkGates,
  failedGates,
  loaderChanges,
  unscoredChanges,
  type GateFlags,
  type Unscored,
} from '../gates';
import type { Terminal } from '../output';
import { progressReporter } from '../progress';
import {
  addSelectionFlags,
  finiteNumber,
  positiveNumber,
  selectionOf,
  wholeNumber,
  type SelectionFlags,
} from '../selectionFlags';
import { say } from '../../core/message';

const FORMATS = ['table', 'json', 'csv', 'markdown', 'sarif', 'svg'] as const;
type Format = (typeof FORMATS)[number];

/** Flags that say which weights are read and how; `prune` takes the same. */
export interface ScoreFlags {
  readonly base?: string;
  readonly aligned?: string;
  readonly population: PopulationKind;
  readonly scale: ScaleMode;
  readonly quartiles: QuartileMode;
  readonly threads?: number;
  readonly quiet?: boolean;
}

interface AnalyzeFlags extends ScoreFlags, SelectionFlags, GateFlags {
  readonly format?: Format;
  readonly json?: boolean;
  readonly all?: boolean;
}

/** Adds the flags of a scoring run to a command. */
export function addScoreFlags(command: Command): Command {
  return command
    .option(
      '--base <model>',
      'the unaligned (pretrained) model: folder, .safetensors file or Hugging Face repo id',
    )
    .option('--aligned <model>', 'the aligned (chat) model that the adapter was trained on')
    .addOption(
      new Option('--population <kind>', 'which modules a module is compared with')
        .choices(['shape', 'all', 'type'])
        .default('shape'),
    )
    .addOption(
      new Option('--scale <mode>', 'score the update with its scale (alpha / r), or B A alone')
        .choices(['effective', 'none'])
        .default('effective'),
    )
    .addOption(
      new Option('--quartiles <mode>', 'exact order statistics, or estimates from a sample')
        .choices(['exact', 'sampled'])
        .default('exact'),
    )
    .addOption(
      new Option('--threads <n>', 'worker threads (default: one for each core)').argParser(positiveNumber),
    )
    .option('--quiet', 'no progress on standard error');
}

const HELP = `
Examples:
  $ splora analyze my-adapter --base meta-llama/Llama-3.1-8B --aligned meta-llama/Llama-3.1-8B-Instruct
  $ splora analyze my-adapter --base ../base --aligned ../chat --json > analysis.json
  $ splora analyze my-adapter --base ../base --aligned ../chat --threshold 2 --max-flagged 3   # a gate in a pipeline
  $ splora analyze my-adapter --base ../base --aligned ../chat --format svg > heatmap.svg

A gate also fails, by name, on changes that no score covers and on modules that PEFT or mlx-lm would not load.
E-DIEM compares the modules of one adapter: it does not bound the size of the update, and falls when all of it grows.
For a bound, use --rank-by updateNorm --fail-above N.

Reading the table: the module that would go first is on top. Read cosine and retained share beside the score: after
a small alignment step the distance follows the size of the update. Scores measure weights, not behavior.

Exit codes: 0 done, 1 a gate failed, 2 error, 130 interrupted.`;

/** `splora analyze`. */
export function defineAnalyze(command: Command, terminal: Terminal, done: (code: ExitCode) => void): void {
  command
    .description(
      'Score every LoRA module of an adapter against the alignment direction, aligned minus base (E-DIEM).',
    )
    .argument('<adapter>', 'adapter folder, or its .safetensors file');
  addSelectionFlags(addScoreFlags(command))
    .addOption(new Option('--format <format>', 'what is printed (default: table)').choices(FORMATS))
    .option('--json', 'the analysis as one JSON document (the same as --format json)')
    .option('--all', 'every row of the table, not only the first ones')
    .addOption(
      new Option('--fail-above <score>', 'exit 1 when a module scores above this').argParser(finiteNumber),
    )
    .addOption(
      new Option('--max-flagged <n>', 'exit 1 when the rule flags more modules').argParser(wholeNumber),
    )
    .option('--allow-unscored', 'with a gate: changes that no score covers do not fail it')
    .addHelpText('after', HELP)
    .action(async (adapter: string, flags: AnalyzeFlags) => done(await analyze(adapter, flags, terminal)));
}

async function analyze(adapter: string, flags: AnalyzeFlags, terminal: Terminal): Promise<ExitCode> {
  const selection = selectionOf(flags);
  checkGates(flags, selection);
  refuseTwoFormats(flags);
  const request = analyzeRequest(adapter, flags);
  const hasGate = flags.failAbove !== undefined || flags.maxFlagged !== undefined;
  const { document, unscored } = await withEngine(async (session) => {
    const document = await runAnalysis(session, request, selection, flags.quiet === true);
    const unscored = [
      ...unscoredChanges(document, selection),
      ...(hasGate ? await changesByLoading(session, document) : []),
    ];
    return { document, unscored };
  });
  const verdicts = select(document.modules, selection);
  const failed = failedGates(flags, document, verdicts, selection, unscored);
  terminal.out(await render(flags, { document, verdicts, selection, failed, unscored }, terminal));
  failed.forEach((line) => terminal.err(`splora: ${line}`));
  return failed.length === 0 ? EXIT.ok : EXIT.gate;
}

/** What the loader of the adapter's format ignores by the adapter itself, and what it adds to the model. */
async function changesByLoading(
  { engine, signal }: EngineSession,
  { adapter, aligned, family }: AnalysisDocument,
): Promise<readonly Unscored[]> {
  const loaders = [family] as const;
  const alone = await engine.call('check', { adapter, loaders }, { signal });
  const onto = await engine.call('check', { adapter, loaders, model: aligned }, { signal });
  return [
    ...alone.loaders.map((check) => ({ ...check, findings: [] })),
    ...onto.loaders.map((check) => ({ ...check, silent: [], unsure: [] })),
  ].flatMap(loaderChanges);
}

/**
 * The engine's request.
 * @throws SploraError `bad-request` when a model is missing
 */
export function analyzeRequest(adapter: string, flags: ScoreFlags): AnalyzeRequest {
  const { base, aligned, population, scale, quartiles, threads } = flags;
  if (base === undefined || aligned === undefined) {
    throw new SploraError({
      code: 'bad-request',
      message: say('Scores need two models: {0} is missing.', base === undefined ? '--base' : '--aligned'),
      advice: say(
        'Give --base (before alignment) and --aligned (the chat model the adapter was trained on).',
      ),
    });
  }
  for (const [flag, model] of [
    ['--base', base],
    ['--aligned', aligned],
  ] as const) {
    if (model.trim() !== '') continue;
    throw new SploraError({
      code: 'bad-request',
      message: say('{0} is empty.', flag),
      advice: say('Give a folder, a .safetensors file or a Hugging Face repo id.'),
    });
  }
  const options = { population, scale, quartiles };
  return { adapter, base, aligned, options, ...(threads === undefined ? {} : { threads }) };
}

/** Scores the adapter, with progress on standard error; a selection that cannot be is refused first. */
export async function runAnalysis(
  session: EngineSession,
  request: AnalyzeRequest,
  selection: SelectionOptions,
  quiet: boolean,
): Promise<AnalysisDocument> {
  await checkSelection(session, request.adapter, selection);
  const { engine, signal } = session;
  const progress = progressReporter('analyzing', quiet);
  try {
    const onEvent = (event: Parameters<typeof progress.onProgress>[0] | { type: 'measured' }): void => {
      if (event.type === 'progress') progress.onProgress(event);
    };
    return await engine.call('analyze', request, { signal, onEvent });
  } finally {
    progress.stop();
  }
}

function refuseTwoFormats({ json, format }: AnalyzeFlags): void {
  if (json !== true || format === undefined || format === 'json') return;
  throw new SploraError({
    code: 'bad-request',
    message: say('--json and --format {0} cannot be combined.', format),
    advice: say('Give one of them: --json is short for --format json.'),
  });
}

/** What an analysis came to under a rule. */
interface Decided {
  readonly document: AnalysisDocument;
  readonly verdicts: readonly ModuleVerdict[];
  readonly selection: SelectionOptions;
  /** Lines of the gates that do not hold. */
  readonly failed: readonly string[];
  readonly unscored: readonly Unscored[];
}

/** The document with the decision added; a reader of documents takes it for a document. */
function decidedJson(
  { document, verdicts, selection, failed, unscored }: Decided,
  { failAbove, maxFlagged, allowUnscored }: GateFlags,
): string {
  const gates = {
    failAbove: failAbove ?? null,
    maxFlagged: maxFlagged ?? null,
    allowUnscored: allowUnscored === true,
    failed,
    unscored,
  };
  return formatDecided(document, verdicts, selection, { gates });
}

function render(flags: AnalyzeFlags, decided: Decided, terminal: Terminal): Promise<string> | string {
  const { document, verdicts, selection } = decided;
  const format = flags.json === true ? 'json' : (flags.format ?? 'table');
  if (format === 'json') return decidedJson(decided, flags);
  if (format === 'table') return analysisTable(document, verdicts, selection, terminal, flags.all === true);
  return RESULT_KINDS.analysis.exports[format].text(document, decided);
}
