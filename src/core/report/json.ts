import * as z from 'zod/mini';
import { SploraError } from '../errors';
import { isRecord } from '../record';
import type { ScoreName } from '../ediem/types';
import { MAX_NAME_LENGTH } from '../safetensors/displayName';
import type { ModuleVerdict, SelectionOptions } from '../selection/types';
import { ANALYSIS_SCHEMA_VERSION, type AnalysisDocument } from './analysis';
import { jsonText, visibleText } from './escape';
import { SCORE_NAMES } from './scores';
import { say } from '../message';

const count = z.number().check(z.int(), z.nonnegative());
const size = z.number().check(z.int(), z.positive());
const dimensions = z.tuple([size, size]);

const scores = {
  vNorm: z.number(),
  updateNorm: z.number(),
  projectedNorm: z.number(),
  distance: z.number(),
  relativeDistance: z.number(),
  retained: z.number(),
  cosine: z.number(),
  reversal: z.number(),
  reversalCosine: z.number(),
  q1Projected: z.number(),
  q1Update: z.number(),
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
const head = { module: name, kind, shape: dimensions, rank: size, scale: z.number(), bytes: count };
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
    reason: z.string(),
    population: z.null(),
  }),
]);

const measure = z.object({
  module: name,
  kind,
  shape: dimensions,
  rank: size,
  scale: z.number(),
  vNorm: z.number(),
  updateNorm: z.number(),
  projectedNorm: z.number(),
  distance: z.number(),
  cosine: z.number(),
  reversal: z.number(),
  q1Projected: z.number(),
  q1Update: z.number(),
});

const analysisDocument = z.object({
  schemaVersion: z.literal(ANALYSIS_SCHEMA_VERSION),
  tool: z.object({ name: z.literal('splora'), version: z.string() }),
  adapter: z.string(),
  base: z.string(),
  aligned: z.string(),
  family: z.enum(['peft', 'mlx']),
  options: z.object({
    population: z.enum(populationKinds),
    scale: z.enum(['effective', 'none']),
    quartiles: z.enum(['exact', 'sampled']),
  }),
  modules: z.array(moduleResult),
  carried: z.array(z.object({ tensor: name, reason: z.string() })),
  notes: z.array(z.string()),
  about: z.string(),
  measures: z.array(measure),
  inputs: z.array(z.object({ path: z.string(), size: z.nullable(count), mtimeMs: z.nullable(z.number()) })),
  timing: z.object({ wallMs: z.number(), bytesRead: count, peakRssBytes: count }),
});

/** The document as JSON text, indented, with a line end. */
export function formatAnalysis(document: AnalysisDocument): string {
  return jsonText(document);
}

/**
 * The document with the decision added; a reader of documents takes it for a document.
 * @param more what the caller adds besides: the gates of the command line
 */
export function formatDecided(
  document: AnalysisDocument,
  verdicts: readonly ModuleVerdict[],
  selection: SelectionOptions,
  more: Readonly<Record<string, unknown>> = {},
): string {
  const flagged = verdicts.filter(({ verdict }) => verdict === 'prune').map(({ module }) => module);
  const decided = { ...document, selection, flagged, ...more };
  return formatAnalysis(decided);
}

/**
 * A stored analysis, checked field by field; fields that this version does not know are left out.
 * @param file where the text was read from, for the message
 * @throws SploraError `bad-request` when the text is no analysis, is of another schema version or names a module twice
 */
export function parseAnalysis(text: string, file?: string): AnalysisDocument {
  const parsed = analysisDocument.safeParse(parseJson(text, file));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = (issue?.path ?? []).map(String).join('.');
    return refuse(
      `${where === '' ? 'the document' : visibleText(where)}: ${issue?.message ?? 'invalid'}`,
      file,
    );
  }
  const seen = new Set<string>();
  for (const { module } of parsed.data.modules) {
    if (seen.has(module)) refuse(`module ${JSON.stringify(visibleText(module))} stands there twice`, file);
    seen.add(module);
  }
  return parsed.data;
}

function parseJson(text: string, file: string | undefined): unknown {
  try {
    const value: unknown = JSON.parse(text);
    const version = isRecord(value) ? value['schemaVersion'] : null;
    if (typeof version === 'number' && version !== ANALYSIS_SCHEMA_VERSION) {
      return refuse(
        `it has schema version ${version}, and version ${ANALYSIS_SCHEMA_VERSION} is read here`,
        file,
      );
    }
    return value;
  } catch (error) {
    if (error instanceof SyntaxError) return refuse('it is no JSON', file);
    throw error;
  }
}

function refuse(why: string, file: string | undefined): never {
  throw new SploraError({
    code: 'bad-request',
    message: say('Not a SPLoRA analysis: {0}.', why),
    ...(file === undefined ? {} : { file }),
    advice: say('Analyze the adapter again with this version (splora analyze … --json).'),
  });
}
