import * as z from 'zod/mini';
import { say, type Message } from '../../message';
import { visibleText } from '../../report/escape';
import { SUITE_KINDS } from '../evaluation/types';
import { runnerRecord } from '../evaluation/parse';
import { count, inputIdentities, message, parseResult } from '../parseResult';
import {
  CUT_SIDES,
  FIT_SCHEMA_VERSION,
  GATE_GROUPS,
  GATE_RANGES,
  UNUSED_REASONS,
  type FitDocument,
} from './types';

/** Adapters have some thousand modules; a step takes a millisecond at least. */
const MAX_GATES = 1_000_000;
const MAX_STEPS = 1_000_000;

const share = z.number().check(z.gte(0), z.lte(1));
const positive = z.number().check(z.gte(0));
const name = z.string().check(z.minLength(1));

const within = ([least, most]: readonly [number, number]): z.ZodMiniNumber =>
  z.number().check(z.gte(least), z.lte(most));

const gates = z.object({
  module: name,
  on: within(GATE_RANGES.on),
  off: z.exactOptional(within(GATE_RANGES.off)),
});

/** As documents and journals have it. */
export const fitStep = z.object({
  step: count,
  loss: z.number(),
  task: z.number(),
  margin: z.number(),
  benign: z.nullable(z.number()),
  refusalWeight: positive,
});

/** As documents and journals have it. */
export const fitCheck = z.object({
  step: count,
  asr: share,
  overRefusal: z.nullable(share),
  tokenAccuracy: share,
  task: z.number(),
  margin: z.number(),
  clear: z.exactOptional(share),
  meets: z.boolean(),
  isBest: z.boolean(),
});

const target = z.object({
  suite: z.enum(SUITE_KINDS),
  id: name,
  prompt: z.string(),
  aligned: z.nullable(z.string()),
  adapter: z.nullable(z.string()),
  unused: z.exactOptional(z.enum(UNUSED_REASONS)),
});

const result = z.object({
  asr: share,
  overRefusal: z.nullable(share),
  tokenAccuracy: z.nullable(share),
});

const options = z.object({
  per: z.enum(GATE_GROUPS),
  round: z.boolean(),
  fewer: positive,
  steps: count,
  batch: count,
  rate: positive,
  margin: z.number(),
  refusalWeight: positive,
  benignWeight: positive,
  maxAsr: z.nullable(share),
  maxOverRefusal: z.nullable(share),
});

const suite = z.object({
  file: z.string(),
  kind: z.enum(SUITE_KINDS),
  sha256: z.string(),
  prompts: count,
  total: count,
});

/** Also in the document of a repair. */
export const fitDocument = z.object({
  schemaVersion: z.literal(FIT_SCHEMA_VERSION),
  toolVersion: z.string(),
  createdAt: z.string(),
  adapter: z.string(),
  sha256: z.string(),
  aligned: z.string(),
  inputs: inputIdentities,
  runner: runnerRecord,
  suites: z.array(suite),
  split: z.nullable(z.object({ k: count, side: z.enum(CUT_SIDES) })),
  options,
  gates: z.array(gates).check(z.maxLength(MAX_GATES)),
  meets: z.boolean(),
  results: z.object({ aligned: result, adapter: result, gates: result }),
  steps: z.array(fitStep).check(z.maxLength(MAX_STEPS)),
  checks: z.array(fitCheck).check(z.maxLength(MAX_STEPS)),
  targets: z.array(target),
  notes: z.array(message),
});

/**
 * Parses stored gates.
 * @throws SploraError `bad-request`, as `parseResult`; also for a module that is there twice, or without one of two gates
 */
export function parseFit(text: string, file?: string): FitDocument {
  return parseResult<FitDocument>(
    {
      version: FIT_SCHEMA_VERSION,
      document: fitDocument,
      problem: fitProblem,
      refusal: (why) => say('Not a fit of gates by SPLoRA: {0}.', why),
      advice: say('Fit the gates again with this version (splora repair --suite).'),
    },
    text,
    file,
  );
}

/** What is wrong with gates whose shape is valid; undefined: nothing. */
export function fitProblem({ gates: all, split }: FitDocument): Message | undefined {
  const seen = new Set<string>();
  for (const { module, off } of all) {
    const shown = JSON.stringify(visibleText(module));
    if (seen.has(module)) return say('duplicate module {0}', shown);
    if ((off === undefined) !== (split === null))
      return say('module {0} needs one gate, or two if split', shown);
    seen.add(module);
  }
  return undefined;
}
