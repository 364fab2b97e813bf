import * as z from 'zod/mini';
import { LOAD_VERDICTS, LOADERS } from '../../check/types';
import type { ScoreName } from '../../ediem/types';
import { say, type Message } from '../../message';
import { ANALYSIS_SCHEMA_VERSION, type AnalysisDocument } from '../../report/analysis';
import { visibleText } from '../../report/escape';
import { SCORE_NAMES } from '../../report/scores';
import { MAX_NAME_LENGTH } from '../../safetensors/displayName';
import { count, inputIdentities, message, parseResult } from '../parseResult';

const size = z.number().check(z.int(), z.positive());
const dimensions = z.tuple([size, size]);

const measured = {
  vNorm: z.number(),
  updateNorm: z.number(),
  projectedNorm: z.number(),
  distance: z.number(),
  cosine: z.number(),
  reversal: z.number(),
  q1Projected: z.number(),
  q1Update: z.number(),
};

const scores = {
  ...measured,
  relativeDistance: z.number(),
  retained: z.number(),
  reversalCosine: z.number(),
  ediemIqr: z.number(),
  ediemStd: z.number(),
  diemTheoretical: z.number(),
} satisfies Record<ScoreName, unknown>;

const noScores = Object.fromEntries(SCORE_NAMES.map((name) => [name, z.null()])) as Record<
  ScoreName,
  ReturnType<typeof z.null>
>;

const name = z.string().check(z.maxLength(MAX_NAME_LENGTH));
const kind = z.exactOptional(z.literal('replacement'));
const identity = { module: name, kind, shape: dimensions, rank: size, scale: z.number() };
const head = { ...identity, bytes: count };
const populationKinds = ['shape', 'all', 'type'] as const;

const moduleResult = z.discriminatedUnion('status', [
  z.object({
    ...head,
    ...scores,
    status: z.literal('scored'),
    population: z.object({ kind: z.enum([...populationKinds, 'pooled']), size: count }),
  }),
  z.object({
    ...head,
    ...noScores,
    status: z.enum(['inactive', 'unmatched', 'unsupported']),
    reason: message,
    population: z.null(),
  }),
]);

const loadedAs = z.object({
  loader: z.enum(LOADERS),
  version: z.string(),
  verdict: z.enum(LOAD_VERDICTS),
  attached: count,
  ignored: z.array(name),
  altered: z.array(name),
});

const analysisDocument = z.object({
  schemaVersion: z.pipe(
    z.literal([1, ANALYSIS_SCHEMA_VERSION]),
    z.transform((): typeof ANALYSIS_SCHEMA_VERSION => ANALYSIS_SCHEMA_VERSION),
  ),
  tool: z.object({ name: z.literal('splora'), version: z.string() }),
  adapter: z.string(),
  base: z.string(),
  aligned: z.string(),
  family: z.enum(['peft', 'mlx']),
  options: z.object({
    population: z.enum(populationKinds),
    scale: z.enum(['effective', 'none']),
    quartiles: z.enum(['exact', 'sampled']),
    loader: z.exactOptional(z.enum(LOADERS)),
  }),
  modules: z.array(moduleResult),
  carried: z.array(z.object({ tensor: name, reason: message })),
  loaders: z.exactOptional(z.array(loadedAs)),
  notes: z.array(message),
  about: z.string(),
  measures: z.array(z.object({ ...identity, ...measured })),
  inputs: inputIdentities,
  timing: z.object({ wallMs: z.number(), bytesRead: count, peakRssBytes: count }),
});

/**
 * Parses a stored analysis of schema version 1 or 2.
 * @throws SploraError `bad-request`, as `parseResult`; also when a module is listed twice
 */
export function parseAnalysis(text: string, file?: string): AnalysisDocument {
  return parseResult<AnalysisDocument>(
    {
      version: ANALYSIS_SCHEMA_VERSION,
      document: analysisDocument,
      problem: duplicateModule,
      refusal: (why) => say('Not a SPLoRA analysis: {0}.', why),
      advice: say('Analyze the adapter again with this version (splora analyze … --json).'),
    },
    text,
    file,
  );
}

function duplicateModule({ modules }: AnalysisDocument): Message | undefined {
  const seen = new Set<string>();
  for (const { module } of modules) {
    if (seen.has(module)) return say('duplicate module {0}', JSON.stringify(visibleText(module)));
    seen.add(module);
  }
  return undefined;
}
