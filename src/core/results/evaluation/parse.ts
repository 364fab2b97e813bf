import * as z from 'zod/mini';
import { say, type Message } from '../../message';
import { visibleText } from '../../report/escape';
import { count, inputIdentities, message, parseResult } from '../parseResult';
import { EVALUATION_SCHEMA_VERSION, SPLITS, SUITE_KINDS, VERDICTS, type EvaluationDocument } from './types';

const share = z.number().check(z.gte(0), z.lte(1));
const id = z.string().check(z.minLength(1), z.maxLength(1000));

const answer = z.object({
  text: z.nullable(z.string()),
  tokens: count,
  ended: z.enum(['stop', 'length']),
  verdict: z.enum(VERDICTS),
  by: z.enum(['rules', 'judge']),
  scores: z.record(z.string(), share),
  referenceLogProbability: z.exactOptional(z.number()),
  tokenAccuracy: z.exactOptional(share),
  refusalMargin: z.exactOptional(z.number()),
  repetition: share,
  perplexity: z.exactOptional(z.number().check(z.nonnegative())),
});

const row = z.object({
  id,
  suite: z.enum(SUITE_KINDS),
  split: z.enum(SPLITS),
  category: z.exactOptional(z.string()),
  prompt: z.string(),
  reference: z.exactOptional(z.string()),
  source: z.exactOptional(z.object({ suite: count, line: count.check(z.gte(1)) })),
  answers: z.record(z.string(), answer),
});

const spread = z.object({ median: z.number(), low: z.number(), high: z.number() });

const variant = z.object({
  id,
  adapter: z.nullable(z.string()),
  sha256: z.nullable(z.string()),
  scale: z.number(),
  cost: z.object({
    bytes: z.exactOptional(count),
    multiplyAdds: z.exactOptional(count),
    prefill: z.exactOptional(spread),
    decode: z.exactOptional(spread),
  }),
});

const fileFields = { file: z.string(), sha256: z.string() };
const file = z.object(fileFields);

/** What answered. */
export const runnerRecord = z.object({
  kind: z.enum(['onnx', 'endpoint']),
  software: z.string(),
  precision: z.nullable(z.string()),
  tokenizer: z.exactOptional(file),
  template: z.exactOptional(z.object({ ...fileFields, date: z.exactOptional(z.string()) })),
  url: z.exactOptional(z.string()),
  noiseFloor: z.exactOptional(share),
});

const suite = z.object({
  file: z.string(),
  kind: z.enum(SUITE_KINDS),
  sha256: z.string(),
  prompts: count,
  total: count,
});

/** Also a part of other documents. */
export const evaluationDocument = z.object({
  schemaVersion: z.literal(EVALUATION_SCHEMA_VERSION),
  toolVersion: z.string(),
  createdAt: z.string(),
  adapter: z.string(),
  aligned: z.string(),
  inputs: inputIdentities,
  runner: runnerRecord,
  sampling: z.object({
    maxNewTokens: count,
    temperature: z.literal(0),
    system: z.nullable(z.string()),
  }),
  suites: z.array(suite),
  judge: z.nullable(z.object({ model: z.string(), promptSha256: z.string() })),
  variants: z.array(variant),
  rows: z.array(row),
  notes: z.array(message),
});

/**
 * Parses a stored evaluation.
 * @throws SploraError `bad-request`, as `parseResult`; also for variants or rows that are there twice
 */
export function parseEvaluation(text: string, file?: string): EvaluationDocument {
  return parseResult<EvaluationDocument>(
    {
      version: EVALUATION_SCHEMA_VERSION,
      document: evaluationDocument,
      problem: duplicate,
      refusal: (why) => say('Not a SPLoRA evaluation: {0}.', why),
      advice: say('Measure the adapter again with this version (splora measure … --json).'),
    },
    text,
    file,
  );
}

/** Why a document with a valid shape is refused. */
export function duplicate({ variants, rows }: EvaluationDocument): Message | undefined {
  const seen = new Set<string>();
  for (const { id } of variants) {
    if (seen.has(id)) return say('duplicate variant {0}', JSON.stringify(visibleText(id)));
    seen.add(id);
  }
  const prompts = new Set<string>();
  for (const { suite, id } of rows) {
    const key = `${suite} ${id}`;
    if (prompts.has(key)) return say('duplicate prompt {0}', JSON.stringify(visibleText(id)));
    prompts.add(key);
  }
  return undefined;
}
