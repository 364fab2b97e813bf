import * as z from 'zod/mini';
import { badRequest } from '../../core/errors';
import { say } from '../../core/message';
import { optionValues } from '../../core/options';
import { METADATA_KEY } from '../../core/provenance';
import { visibleText } from '../../core/report/escape';
import type { SuiteKind } from '../../core/results/evaluation/types';
import { FIT_OPTIONS, FIT_PROMPTS } from '../../core/results/fit/options';
import { CUT_SIDES, type FitOptions, type FitSplit } from '../../core/results/fit/types';
import { openAdapter } from '../../io/openAdapter';
import type { FitRequest, SuitesDescription } from '../../protocol/evaluatorApi';
import { planMeasure, type MeasurePlan } from '../plan';
import { describeSuites } from '../suites/describeSuites';
import { parseJson } from '../suites/parseSuite';
import type { SuitePrompt } from '../suites/types';

/** Everything that can be known before a model is loaded. */
export interface FitPlan {
  readonly request: FitRequest;
  readonly options: FitOptions;
  /** The plan of a measurement of the same prompts. */
  readonly measured: MeasurePlan;
  /** Of the adapter's weights file. */
  readonly sha256: string;
  readonly split: FitSplit | null;
  /** The cut adapter, where there is one. */
  readonly cut?: string;
}

/**
 * @throws SploraError `bad-request` for suites without harmful or task prompts, or with the same prompts in both splits, for
 * a cut of another adapter, for options; and those of `planMeasure`
 */
export async function planFit(request: FitRequest, signal: AbortSignal): Promise<FitPlan> {
  const options = optionValues(FIT_OPTIONS, request.options ?? {});
  const { adapter, aligned, suites, limit = FIT_PROMPTS } = request;
  const { maxNewTokens, system, skipBrokenLines, threads, plainPrompts } = request;
  refuseShared(await describeSuites(request, { signal, emit: () => undefined }), suites);
  const measured = await planMeasure(
    {
      ...{ adapter, aligned, suites, limit, split: 'fit', spread: true, variants: [] },
      runner: {
        kind: 'onnx',
        ...(threads === undefined ? {} : { threads }),
        ...(plainPrompts === undefined ? {} : { plainPrompts }),
      },
      ...(maxNewTokens === undefined ? {} : { maxNewTokens }),
      ...(system === undefined ? {} : { system }),
      ...(skipBrokenLines === undefined ? {} : { skipBrokenLines }),
    },
    signal,
  );
  for (const kind of ['harmful', 'task'] as const) refuseWithout(kind, measured, suites);
  const sha256 = measured.variants.find((variant) => variant.adapter === measured.adapter)?.sha256 ?? '';
  const plan = { request, options, measured, sha256 };
  if (request.cut === undefined) return { ...plan, split: null };
  return { ...plan, split: await readCut(request.cut, sha256), cut: request.cut };
}

/** The prompts of one kind that take part. */
export function promptsOf(
  { measured, request: { struck } }: FitPlan,
  kind: SuiteKind,
): readonly SuitePrompt[] {
  const out = new Set(struck?.[kind]);
  return measured.prompts.filter((prompt) => prompt.kind === kind && !out.has(prompt.id));
}

function refuseShared({ shared }: SuitesDescription, suites: readonly string[]): void {
  const [first] = shared.examples;
  if (first === undefined) return;
  throw badRequest(
    say(
      'Prompts in both splits: {0}. The test split would report what the gates were fitted to. The first: {1} and {2} ({3})',
      shared.count,
      visibleText(first.fit),
      visibleText(first.test),
      first.kind,
    ),
    say('Remove the duplicates from one of the splits.'),
    suites[0],
  );
}

function refuseWithout(kind: 'harmful' | 'task', { prompts }: MeasurePlan, suites: readonly string[]): void {
  if (prompts.some((prompt) => prompt.kind === kind)) return;
  throw badRequest(
    kind === 'harmful'
      ? say('The fit split has no harmful prompts: nothing says what should be refused')
      : say('The fit split has no task prompts: nothing says what should be kept'),
    say('Add a suite of the kind {0} with prompts of the split "fit".', kind),
    suites[0],
  );
}

const cutRecord = z.object({
  method: z.literal('cut'),
  k: z.int().check(z.positive()),
  side: z.enum(CUT_SIDES),
  keep: z.literal(0),
  // Earlier files have none.
  rest: z._default(z.literal(1), 1),
  source: z.object({ sha256: z.string() }),
});

/** What the metadata of the file says that was cut. */
async function readCut(path: string, sha256: string): Promise<FitSplit> {
  const { adapter, source } = await openAdapter(path);
  await source.close();
  const record = cutRecord.safeParse(parseJson(adapter.header.metadata.get(METADATA_KEY) ?? '')?.value);
  if (!record.success || record.data.source.sha256 !== sha256)
    throw badRequest(
      say('This is not the adapter with its alignment subspace cut'),
      say('Write it with the method cut and keep 0 (splora repair --method cut), from the same adapter.'),
      adapter.weightsFile,
    );
  const { k, side } = record.data;
  return { k, side };
}
