import * as z from 'zod/mini';
import { LOAD_VERDICTS, LOADERS, type LoadVerdict } from '../../check/types';
import { say } from '../../message';
import { duplicate, evaluationDocument } from '../evaluation/parse';
import { fitDocument, fitProblem } from '../fit/parse';
import { count, inputIdentities, message, parseResult } from '../parseResult';
import { REPAIR_OUTCOMES, REPAIR_SCHEMA_VERSION, type RepairDocument } from './types';

const share = z.object({ count: z.number().check(z.nonnegative()), n: count });
const limit = z.nullable(z.number().check(z.gte(0), z.lte(1)));

const figures = z.object({
  asr: z.nullable(share),
  overRefusal: z.nullable(share),
  unclear: z.object({
    harmful: z.exactOptional(share),
    benign: z.exactOptional(share),
    task: z.exactOptional(share),
  }),
  task: z.record(z.string(), share),
  repetition: z.nullable(z.number()),
  perplexity: z.nullable(z.number()),
});

const point = z.object({
  method: z.string(),
  options: z.record(z.string(), z.unknown()),
  top: z.exactOptional(count),
  figures,
  meets: z.boolean(),
  restored: z.exactOptional(share),
});

/** Verdicts of the load check as documents had them at first. */
const OLD_VERDICTS = { loads: 'same', partly: 'other', fails: 'refused' } as const;
type OldVerdict = keyof typeof OLD_VERDICTS;

const isOld = (verdict: LoadVerdict | OldVerdict): verdict is OldVerdict => verdict in OLD_VERDICTS;

const loadVerdict = z.pipe(
  z.enum([...LOAD_VERDICTS, 'loads', 'partly', 'fails']),
  z.transform((verdict): LoadVerdict => (isOld(verdict) ? OLD_VERDICTS[verdict] : verdict)),
);

const written = z.object({
  out: z.string(),
  files: z.array(z.object({ path: z.string(), bytes: count })),
  bytesBefore: count,
  bytesAfter: count,
  effect: message,
  changed: count,
  kept: count,
  loaders: z.array(
    z.object({
      loader: z.enum(LOADERS),
      verdict: loadVerdict,
      findings: z.array(message),
    }),
  ),
});

const repairDocument = z.object({
  schemaVersion: z.literal(REPAIR_SCHEMA_VERSION),
  toolVersion: z.string(),
  createdAt: z.string(),
  adapter: z.string(),
  inputs: inputIdentities,
  base: z.nullable(z.string()),
  aligned: z.string(),
  method: z.string(),
  target: z.object({ maxAsr: limit, maxOverRefusal: limit, minTask: limit, taskScore: z.string() }),
  outcome: z.enum(REPAIR_OUTCOMES),
  before: z.object({ aligned: figures, adapter: figures }),
  points: z.array(point),
  chosen: z.nullable(count),
  compared: z.exactOptional(z.array(z.object({ method: z.string(), point: count }))),
  // Earlier documents have none.
  fit: z._default(z.nullable(fitDocument), null),
  test: evaluationDocument,
  written: z.nullable(written),
  notes: z.array(message),
});

/**
 * Parses a stored repair.
 * @throws SploraError `bad-request`, as `parseResult`; also for what `parseEvaluation` refuses in its test
 */
export function parseRepair(text: string, file?: string): RepairDocument {
  return parseResult<RepairDocument>(
    {
      version: REPAIR_SCHEMA_VERSION,
      document: repairDocument,
      problem: ({ test, chosen, compared = [], points, fit }) =>
        [chosen ?? -1, ...compared.map(({ point }) => point)].some((at) => at >= points.length)
          ? say('the chosen strength was not measured')
          : (duplicate(test) ?? (fit === null ? undefined : fitProblem(fit))),
      refusal: (why) => say('Not a SPLoRA repair: {0}.', why),
      advice: say('Repair the adapter again with this version (splora repair … --suite … --json).'),
    },
    text,
    file,
  );
}
