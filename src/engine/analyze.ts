import { dirname, join } from 'node:path';
import { bytesOfModules, unscoredTensors } from '../core/adapter/carried';
import type { Adapter, Replacement } from '../core/adapter/types';
import type { AppliedAdapter } from '../core/check/loadedAs';
import { scoreModules } from '../core/ediem/scores';
import type { ModuleMeasure, ScoreName } from '../core/ediem/types';
import { SCORE_NAMES } from '../core/report/scores';
import { ABOUT } from '../core/report/about';
import { nearZeroNotes } from '../core/report/nearZero';
import type { InputIdentity } from '../core/results/types';
import { inputIdentity } from '../io/inputIdentity';
import {
  ANALYSIS_SCHEMA_VERSION,
  type AnalysisDocument,
  type ModuleHead,
  type ModuleResult,
  type UnscoredModule,
} from '../core/report/analysis';
import { swappedNotes } from '../core/checkpoint/naming';
import type { Checkpoint } from '../core/checkpoint/types';
import { TOOL } from '../core/tool';
import { CONFIG_NAME } from '../io/adapterFiles';
import { openAdapter } from '../io/openAdapter';
import { openCheckpoint } from '../io/openCheckpoint';
import type { ByteSource } from '../io/byteSource';
import type { AnalyzeEvent, AnalyzeRequest } from '../protocol/engineApi';
import type { CallContext } from '../rpc/channel';
import { appliedAdapter, effectOfLoaders } from './appliedEffect';
import { identicalModels, matchModules, matrixShape, modelFiles, type Matches } from './matchModules';
import type { MeasureCache } from './measureCache';
import { measureModules, type Measured } from './measureModules';
import { identifyFiles } from './moduleWork';
import { IDENTICAL_WEIGHTS } from './workers/measureModule';
import type { WorkerPool } from './workers/pool';
import type { NoMeasure } from './workers/protocol';
import { SAMPLED_NOTE } from './workers/quartiles';
import { say, type Message } from '../core/message';

type Outcome =
  ModuleMeasure | NoMeasure | { readonly status: UnscoredModule['status']; readonly reason: Message };

/** Kept between calls. */
export interface EngineMemory {
  readonly pool: WorkerPool;
  readonly cache: MeasureCache;
}

/** Scores every module of an adapter against `V = W_aligned - W_base`. */
export async function analyze(
  request: AnalyzeRequest,
  context: CallContext<AnalyzeEvent>,
  memory: EngineMemory,
): Promise<AnalysisDocument> {
  const startedAt = performance.now();
  const { adapter, source } = await openAdapter(request.adapter);
  try {
    const [base, aligned] = await Promise.all([
      openCheckpoint(request.base),
      openCheckpoint(request.aligned),
    ]);
    const { loader = adapter.family } = request.options;
    const applied = appliedAdapter(adapter, loader);
    const matches = matchModules(appliedModules(applied), base, aligned);
    const inputs = await identify(adapter, matches);
    const measured = await measureMatched(request, context, memory, { matches, source });
    const outcomes = outcomesOf(matches, measured, applied);
    const measures = measuresOf(adapter, outcomes);
    const sameWeights = sameReplacements(adapter, outcomes);
    const effect = effectOfLoaders({ adapter, model: aligned, sameWeights }, loader);
    rejectIdenticalModels(outcomes, base, aligned);
    return {
      schemaVersion: ANALYSIS_SCHEMA_VERSION,
      tool: TOOL,
      adapter: adapter.weightsFile,
      base: base.path,
      aligned: aligned.path,
      family: adapter.family,
      options: request.options,
      modules: resultsOf(applied.adapter, outcomes, scoreModules(measures, request.options)),
      carried: unscoredTensors(adapter).map(({ tensor, reason }) => ({ tensor: tensor.name, reason })),
      notes: [
        ...notesOfFiles(request, adapter, base, aligned),
        ...effect.notes,
        ...measured.notes,
        ...nearZeroNotes(measures),
        ...(request.options.quartiles === 'sampled' ? [SAMPLED_NOTE] : []),
      ],
      loaders: effect.loaders,
      about: ABOUT,
      measures,
      inputs,
      timing: timingOf(startedAt, measured),
    };
  } finally {
    await source.close();
  }
}

const timingOf = (startedAt: number, { bytesRead }: Measured): AnalysisDocument['timing'] => ({
  wallMs: performance.now() - startedAt,
  bytesRead,
  peakRssBytes: process.resourceUsage().maxRSS * 1024,
});

function notesOfFiles(
  request: AnalyzeRequest,
  adapter: Adapter,
  base: Checkpoint,
  aligned: Checkpoint,
): readonly Message[] {
  return [
    ...adapter.notes,
    ...(base.notes ?? []).map((note) => say('Base: {0}', note)),
    ...(aligned.notes ?? []).map((note) => say('Aligned: {0}', note)),
    ...swappedNotes({ ...adapter, ...request }),
  ];
}

async function measureMatched(
  request: AnalyzeRequest,
  context: CallContext<AnalyzeEvent>,
  memory: EngineMemory,
  { matches, source }: { readonly matches: Matches; readonly source: ByteSource },
): Promise<Measured> {
  const identities = await identifyFiles([source.path, ...modelFiles(matches)]);
  const job = { request, matches, adapter: source, identities, ...memory };
  const measured = await measureModules(job, context);
  await source.assertUnchanged();
  return measured;
}

const appliedModules = ({ adapter, ignored }: AppliedAdapter): Adapter => ({
  ...adapter,
  modules: adapter.modules.filter(({ name }) => !ignored.has(name)),
});

function outcomesOf(
  { declined }: Matches,
  { outcomes }: Measured,
  { ignored }: AppliedAdapter,
): Map<string, Outcome> {
  return new Map<string, Outcome>([
    ...outcomes,
    ...declined.map((one) => [one.name, one] as const),
    ...Array.from(ignored, ([name, reason]) => [name, { status: 'inactive', reason }] as const),
  ]);
}

/** Which whole weights of the file are those of the model, of all that were compared. */
function sameReplacements(
  { replacements }: Adapter,
  outcomes: ReadonlyMap<string, Outcome>,
): Map<string, boolean> {
  const same = new Map<string, boolean>();
  for (const { name } of replacements) {
    const outcome = outcomes.get(name);
    if (outcome === undefined) continue;
    if (isMeasure(outcome)) same.set(name, false);
    else if (outcome.status === 'inactive') same.set(name, true);
  }
  return same;
}

/** In the adapter's order; threads finish in any order. */
function measuresOf(adapter: Adapter, outcomes: ReadonlyMap<string, Outcome>): ModuleMeasure[] {
  return [...adapter.modules, ...adapter.replacements].flatMap(({ name }) => {
    const outcome = outcomes.get(name);
    return outcome !== undefined && isMeasure(outcome) ? [outcome] : [];
  });
}

function isMeasure(outcome: Outcome): outcome is ModuleMeasure {
  return 'distance' in outcome;
}

function rejectIdenticalModels(
  outcomes: ReadonlyMap<string, Outcome>,
  base: Checkpoint,
  aligned: Checkpoint,
): void {
  const reasons = [...outcomes.values()].flatMap((outcome) => ('reason' in outcome ? [outcome.reason] : []));
  if (reasons.length < outcomes.size || !reasons.some(({ text }) => text === IDENTICAL_WEIGHTS.text)) return;
  throw identicalModels(base, aligned);
}

function resultsOf(
  adapter: Adapter,
  outcomes: ReadonlyMap<string, Outcome>,
  scored: ReturnType<typeof scoreModules>,
): ModuleResult[] {
  const bytesOf = bytesOfModules(adapter);
  const resultOf = (head: ModuleHead): ModuleResult => {
    const score = scored.get(head.module);
    if (score !== undefined)
      return { ...head, status: 'scored', ...score.scores, population: score.population };
    const outcome = outcomes.get(head.module);
    const why =
      outcome === undefined ? NOT_REACHED : 'reason' in outcome ? outcome : { ...NOT_REACHED, reason: ALONE };
    return { ...head, status: why.status, reason: why.reason, ...NO_SCORES, population: null };
  };
  return [
    ...adapter.modules.map((module) => {
      const { name, shape, rank, scale } = module;
      return resultOf({ module: name, shape, rank, scale, bytes: bytesOf(module) });
    }),
    ...adapter.replacements.map((replacement) =>
      resultOf(replacementHead(replacement, outcomes.get(replacement.name))),
    ),
  ];
}

const NOT_REACHED = { status: 'unsupported', reason: say('The module was not measured.') } as const;
const ALONE = say('No LoRA module of the adapter has a score that the change could be compared with.');

const NO_SCORES = Object.fromEntries(SCORE_NAMES.map((name) => [name, null])) as Record<ScoreName, null>;

/** @param outcome knows whether the weight is stored transposed; without it, the shape is the file's */
function replacementHead(replacement: Replacement, outcome: Outcome | undefined): ModuleHead {
  const measured = outcome !== undefined && isMeasure(outcome) ? outcome.shape : undefined;
  const shape = measured ?? matrixShape(replacement);
  const [m, n] = shape;
  return {
    module: replacement.name,
    kind: 'replacement',
    shape,
    rank: Math.min(m, n),
    scale: 1,
    bytes: replacement.tensor.byteLength,
  };
}

/** Every file that the result depends on, with a missing config as one of size null. */
async function identify(adapter: Adapter, matches: Matches): Promise<InputIdentity[]> {
  const { weightsFile, configFile } = adapter;
  const files = new Set([
    weightsFile,
    ...(configFile === undefined ? [] : [configFile]),
    ...modelFiles(matches),
  ]);
  const read = await Promise.all([...files].map(inputIdentity));
  const absent = { path: join(dirname(weightsFile), CONFIG_NAME), size: null, mtimeMs: null };
  return configFile === undefined ? [...read, absent] : read;
}
