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
import type { PruneMode, PruneProvenance, PruneResult } from '../../protocol/engineApi';
import { limited, ruleText, unscoredModules } from '../analysisTable';
import { checkSelection, validateFlags, withEngine, type EngineSession } from '../engineSession';
import { EXIT, type ExitCode } from '../exitCodes';
import { documentText, type Terminal } from '../output';
import { progressReporter } from '../progress';
import { readAnalysis } from '../savedAnalysis';
import { addSelectionFlags, hasRuleFlags, selectionOf, type SelectionFlags } from '../selectionFlags';
import { addScoreFlags, analyzeRequest, runAnalysis, type ScoreFlags } from './analyze';
import { render, say, type Message } from '../../core/message';

interface PruneFlags extends ScoreFlags, SelectionFlags {
  readonly from?: string;
  readonly mode: PruneMode;
  readonly out?: string;
  readonly copyRest?: boolean;
  readonly bakeScale?: boolean;
  readonly json?: boolean;
}

const HELP = `
Where the choice comes from:
  --base and --aligned   score first, then apply the rule (default: --top 10) and the pins
  --from FILE            the same from a saved analysis (splora analyze … --json > FILE); no weights of the base are read
  --pin-prune alone      by hand: exactly these modules go, and no scores are needed

Examples:
  $ splora prune my-adapter --base ../base --aligned ../chat --top 8
  $ splora prune my-adapter --from analysis.json --threshold 1.5 --pin-keep model.layers.0.self_attn.q_proj
  $ splora prune my-adapter --pin-prune model.layers.3.mlp.up_proj --pin-prune model.layers.4.mlp.up_proj

The original is never changed: the result goes to <adapter>-splora, then <adapter>-splora-2 and so on.
Whether the pruned adapter refuses more, or still does its task, has to be tested on the model.

Exit codes: 0 done, 2 error, 130 interrupted (nothing is left half written).`;

/** `splora prune`. */
export function definePrune(command: Command, terminal: Terminal, done: (code: ExitCode) => void): void {
  command
    .description('Write a pruned copy of an adapter beside the original.')
    .argument('<adapter>', 'adapter folder, or its .safetensors file');
  addSelectionFlags(addScoreFlags(command))
    .option('--from <file>', 'a saved analysis instead of --base and --aligned')
    .addOption(
      new Option('--mode <mode>', 'leave the tensors out and narrow the config, or write lora_B as zeros')
        .choices(['remove', 'zero'])
        .default('remove'),
    )
    .option('--out <folder>', 'folder to write to; it must not exist')
    .option('--copy-rest', 'copy the other files of the folder (tokenizer, README) too')
    .option(
      '--bake-scale',
      'one rank and scale for all kept modules, for loaders that ignore patterns (mlx-lm, vLLM before September 2026)',
    )
    .option('--json', 'what was written, as JSON')
    .addHelpText('after', HELP)
    .action(async (adapter: string, flags: PruneFlags) =>
      done(await prune(adapter, flags, givenOptions(command, flags), terminal)),
    );
}

/** The options of scoring that the person named; the others are defaults, which a saved analysis overrules. */
type GivenOptions = Partial<AnalysisOptions>;

function givenOptions(command: Command, { population, scale, quartiles }: PruneFlags): GivenOptions {
  const isGiven = (name: keyof AnalysisOptions): boolean => command.getOptionValueSource(name) === 'cli';
  return {
    ...(isGiven('population') ? { population } : {}),
    ...(isGiven('scale') ? { scale } : {}),
    ...(isGiven('quartiles') ? { quartiles } : {}),
  };
}

/** Which modules go, and how that was decided. */
interface Choice {
  readonly modules: readonly string[];
  readonly provenance: PruneProvenance;
  readonly selection: SelectionOptions;
  /** What the analysis says besides scores; nothing by hand. */
  readonly notes: readonly Message[];
  /** Modules that the rule could not judge. */
  readonly unscored: ReturnType<typeof unscoredModules>;
}

async function prune(
  adapter: string,
  flags: PruneFlags,
  given: GivenOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const selection = selectionOf(flags);
  await checkOut(flags.out);
  const choose = await chooser(adapter, flags, given, selection);
  const { choice, result } = await withEngine(async (session) => {
    const choice = await choose(session);
    return { choice, result: await runPrune(session, adapter, choice, flags) };
  });
  if (flags.json === true) terminal.out(documentOf(choice, result));
  else terminal.out(summary(choice, result));
  return EXIT.ok;
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

function documentOf({ selection, notes, unscored }: Choice, result: PruneResult): string {
  return documentText({ selection, unscored, ...result, notes: [...notes, ...result.notes] });
}

/** Settles where the choice comes from before an engine is started, so that a wrong flag costs nothing. */
async function chooser(
  adapter: string,
  flags: PruneFlags,
  given: GivenOptions,
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

async function runPrune(
  { engine, signal }: EngineSession,
  adapter: string,
  choice: Choice,
  flags: PruneFlags,
): Promise<PruneResult> {
  const progress = progressReporter('writing', flags.quiet === true);
  const { mode, out, copyRest } = flags;
  const { modules, provenance } = choice;
  try {
    return await engine.call(
      'prune',
      {
        adapter,
        modules,
        mode,
        copyRest: copyRest === true,
        bakeScale: flags.bakeScale === true,
        provenance,
        ...(out === undefined ? {} : { out }),
      },
      { signal, onEvent: progress.onProgress },
    );
  } finally {
    progress.stop();
  }
}

const MAX_PATH = 4096;

function summary({ selection, notes, unscored }: Choice, result: PruneResult): string {
  const verb = result.mode === 'zero' ? 'zeroed' : 'removed';
  const total = result.removed.length + result.kept.length;
  return [
    `Wrote ${visibleText(result.out, MAX_PATH)}`,
    ...result.files.map(({ path, bytes }) => `  ${visibleText(path, MAX_PATH)}  ${formatBytes(bytes)}`),
    `${result.removed.length} of ${formatModules(total)} ${verb} (${ruleText(selection)}):`,
    ...result.removed.map((module) => `  ${visibleText(module)}`),
    `Weights: ${formatBytes(result.bytesBefore)} before, ${formatBytes(result.bytesAfter)} after.`,
    ...limited([
      ...[...result.notes, ...notes].map((note) => render(note)),
      ...unscored.map(
        ({ module, reason }) => `not scored, so the rule did not take it: ${module}: ${render(reason)}`,
      ),
    ]),
    'Test refusals and the task on the model before you use it: scores measure weights, not behaviour.',
    '',
  ].join('\n');
}
