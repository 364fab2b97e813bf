import { stat } from 'node:fs/promises';
import type { Adapter, AdapterModule } from '../core/adapter/types';
import { SCORE_NAMES, scoreModules } from '../core/ediem/scores';
import type { ModuleMeasure, ScoreName } from '../core/ediem/types';
import { SploraError } from '../core/errors';
import { ABOUT } from '../core/report/about';
import {
  ANALYSIS_SCHEMA_VERSION,
  type AnalysisDocument,
  type InputIdentity,
  type ModuleResult,
  type UnscoredModule,
} from '../core/report/analysis';
import type { Checkpoint } from '../core/checkpoint/types';
import { TOOL } from '../core/tool';
import { openAdapter } from '../io/openAdapter';
import { openCheckpoint } from '../io/openCheckpoint';
import type { AnalyzeEvent, AnalyzeRequest } from '../protocol/engineApi';
import type { CallContext } from '../protocol/rpc';
import { Difference } from './difference';
import { matchModules, type MatchedModule, type Matches } from './matchModules';
import { IDENTICAL_WEIGHTS, measureModule, type NoMeasure } from './measure';
import type { DenseAlgebra } from './ort';
import { Progress } from './progress';
import { readThinFactor } from './readFactor';
import { SourcePool } from './sourcePool';

/** What the job came to for one module. */
type Outcome =
  ModuleMeasure | NoMeasure | { readonly status: 'unmatched' | 'unsupported'; readonly reason: string };

/** Scores every module of an adapter against `V = W_aligned - W_base`. */
export async function analyze(
  request: AnalyzeRequest,
  context: CallContext<AnalyzeEvent>,
  algebra: DenseAlgebra,
): Promise<AnalysisDocument> {
  const startedAt = performance.now();
  const { adapter, source } = await openAdapter(request.adapter);
  await source.close();
  const [base, aligned] = await Promise.all([openCheckpoint(request.base), openCheckpoint(request.aligned)]);
  const matches = matchModules(adapter, base, aligned);
  const inputs = await identify(adapter, matches);
  const pool = new SourcePool();
  try {
    const outcomes = await measureAll(request, context, algebra, { adapter, matches, pool });
    refuseIdenticalModels(outcomes, base, aligned);
    const modules = resultsOf(adapter, outcomes, request);
    return {
      schemaVersion: ANALYSIS_SCHEMA_VERSION,
      tool: TOOL,
      adapter: adapter.weightsFile,
      base: base.path,
      aligned: aligned.path,
      family: adapter.family,
      options: request.options,
      modules,
      carried: adapter.carried.map(({ tensor, reason }) => ({ tensor: tensor.name, reason })),
      notes: adapter.notes,
      about: ABOUT,
      measures: [...outcomes.values()].filter(isMeasure),
      inputs,
      timing: {
        wallMs: performance.now() - startedAt,
        bytesRead: pool.bytesRead,
        peakRssBytes: process.resourceUsage().maxRSS * 1024,
      },
    };
  } finally {
    await pool.close();
  }
}

interface Job {
  readonly adapter: Adapter;
  readonly matches: Matches;
  readonly pool: SourcePool;
}

async function measureAll(
  request: AnalyzeRequest,
  { signal, emit }: CallContext<AnalyzeEvent>,
  algebra: DenseAlgebra,
  { adapter, matches, pool }: Job,
): Promise<Map<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  for (const { module, status, reason } of matches.declined) outcomes.set(module.name, { status, reason });
  const bytesTotal = matches.matched.reduce((sum, { weightBytes }) => sum + weightBytes, 0);
  const progress = new Progress(matches.matched.length, bytesTotal, emit);
  for (const match of matches.matched) {
    progress.startModule(match.module.name);
    const difference = new Difference(match.base, match.aligned, match.transposed, pool, (bytes) => {
      progress.addBytes(bytes);
    });
    const { name, rank, scale } = match.module;
    const { a, b } = await readFactors(adapter.weightsFile, match, pool);
    const work = { module: name, rank, scale, a, b, difference };
    const outcome = await measureModule(work, algebra, request.options.quartiles, signal);
    outcomes.set(name, outcome);
    if (isMeasure(outcome)) emit({ type: 'measured', measure: outcome });
    progress.endModule();
  }
  return outcomes;
}

async function readFactors(
  file: string,
  { module }: MatchedModule,
  pool: SourcePool,
): Promise<{ a: Float32Array; b: Float32Array }> {
  const [a, b] = await Promise.all([
    readThinFactor(file, module.a, module.transposed, pool),
    readThinFactor(file, module.b, module.transposed, pool),
  ]);
  return { a, b };
}

function isMeasure(outcome: Outcome): outcome is ModuleMeasure {
  return 'distance' in outcome;
}

/** Every weight equal: the same model under two names. */
function refuseIdenticalModels(
  outcomes: ReadonlyMap<string, Outcome>,
  base: Checkpoint,
  aligned: Checkpoint,
): void {
  const reasons = [...outcomes.values()].flatMap((outcome) => ('reason' in outcome ? [outcome.reason] : []));
  if (reasons.length < outcomes.size || !reasons.includes(IDENTICAL_WEIGHTS)) return;
  throw new SploraError({
    code: 'wrong-models',
    message: `Base and aligned hold the same weights, so there is no alignment direction (base: ${base.path})`,
    file: aligned.path,
    advice: 'Choose the pretrained model as base and the chat or instruct model as aligned.',
  });
}

function resultsOf(
  adapter: Adapter,
  outcomes: ReadonlyMap<string, Outcome>,
  { options }: AnalyzeRequest,
): ModuleResult[] {
  const scored = scoreModules([...outcomes.values()].filter(isMeasure), options);
  return adapter.modules.map((module) => {
    const head = headOf(module);
    const score = scored.get(module.name);
    if (score !== undefined)
      return { ...head, status: 'scored', ...score.scores, population: score.population };
    const outcome = outcomes.get(module.name);
    const why = outcome !== undefined && 'reason' in outcome ? outcome : NOT_REACHED;
    return { ...head, status: why.status, reason: why.reason, ...NO_SCORES, population: null };
  });
}

const NOT_REACHED = { status: 'unsupported', reason: 'The module was not measured.' } as const;

const NO_SCORES = Object.fromEntries(SCORE_NAMES.map((name) => [name, null])) as Record<ScoreName, null>;

function headOf({
  name,
  shape,
  rank,
  scale,
  tensors,
}: AdapterModule): Pick<UnscoredModule, 'module' | 'shape' | 'rank' | 'scale' | 'bytes'> {
  return {
    module: name,
    shape,
    rank,
    scale,
    bytes: tensors.reduce((sum, tensor) => sum + tensor.byteLength, 0),
  };
}

/** Every file whose bytes the result depends on. */
async function identify(adapter: Adapter, matches: Matches): Promise<InputIdentity[]> {
  const files = new Set([
    adapter.weightsFile,
    ...(adapter.configFile === undefined ? [] : [adapter.configFile]),
  ]);
  for (const { base, aligned } of matches.matched) files.add(base.tensor.file).add(aligned.tensor.file);
  return await Promise.all(
    [...files].map(async (path) => {
      const { size, mtimeMs } = await stat(path);
      return { path, size, mtimeMs };
    }),
  );
}
