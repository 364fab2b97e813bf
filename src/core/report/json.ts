import * as z from 'zod/mini';
import { SploraError } from '../errors';
import { isRecord } from '../record';
import type { ScoreName } from '../ediem/types';
import { MAX_NAME_LENGTH } from '../safetensors/displayName';
import type { ModuleVerdict, SelectionOptions } from '../selection/types';
import { ANALYSIS_SCHEMA_VERSION, type AnalysisDocument } from './analysis';
import { jsonText, visibleText } from './escape';
import { SCORE_NAMES } from './scores';
import { renderedLength, say, verbatim, type Message } from '../message';

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

/** Messages in messages; ours are nested half as deep. */
const MAX_MESSAGE_DEPTH = 8;
const MAX_MESSAGE_LENGTH = 1_000_000;

function messageOf(depth: number): z.ZodMiniType<Message> {
  const plain = [z.string(), z.number()] as const;
  const value = depth === 0 ? z.union(plain) : z.union([...plain, messageOf(depth - 1)]);
  return z.object({ text: z.string(), values: z.exactOptional(z.array(value)) });
}

/** Version 1 has English sentences in the places of messages. */
const message = z
  .union([messageOf(MAX_MESSAGE_DEPTH), z.pipe(z.string(), z.transform(verbatim))])
  .check(z.refine((parsed) => renderedLength(parsed) <= MAX_MESSAGE_LENGTH, 'too long'));

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
  }),
  modules: z.array(moduleResult),
  carried: z.array(z.object({ tensor: name, reason: message })),
  notes: z.array(message),
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
 * A stored analysis of this or an earlier schema version, checked field by field; fields that this version does not know
 * are left out.
 * @param file where the text was read from, for the message
 * @throws SploraError `bad-request` when the text is no analysis, is of another schema version or names a module twice
 */
export function parseAnalysis(text: string, file?: string): AnalysisDocument {
  const parsed = analysisDocument.safeParse(parseJson(text, file));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = (issue?.path ?? []).map(String).join('.');
    return refuse(
      verbatim(`${where === '' ? 'the document' : visibleText(where)}: ${issue?.message ?? 'invalid'}`),
      file,
    );
  }
  const seen = new Set<string>();
  for (const { module } of parsed.data.modules) {
    if (seen.has(module))
      refuse(say('module {0} stands there twice', JSON.stringify(visibleText(module))), file);
    seen.add(module);
  }
  return parsed.data;
}

function parseJson(text: string, file: string | undefined): unknown {
  try {
    const value: unknown = JSON.parse(text);
    const version = isRecord(value) ? value['schemaVersion'] : null;
    if (typeof version === 'number' && version > ANALYSIS_SCHEMA_VERSION) {
      return refuse(
        say(
          'it has schema version {0}, and versions up to {1} are read here',
          version,
          ANALYSIS_SCHEMA_VERSION,
        ),
        file,
      );
    }
    return value;
  } catch (error) {
    if (error instanceof SyntaxError) return refuse(say('it is no JSON'), file);
    throw error;
  }
}

function refuse(why: Message, file: string | undefined): never {
  throw new SploraError({
    code: 'bad-request',
    message: say('Not a SPLoRA analysis: {0}.', why),
    ...(file === undefined ? {} : { file }),
    advice: say('Analyze the adapter again with this version (splora analyze … --json).'),
  });
}
