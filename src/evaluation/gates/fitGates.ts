import { createHash } from 'node:crypto';
import { cancelled } from '../../core/errors';
import { say, type Message } from '../../core/message';
import { FIT_SCHEMA_VERSION, type FitDocument, type FitTarget } from '../../core/results/fit/types';
import { clearMargin } from '../../core/results/repair/target';
import { TOOL } from '../../core/tool';
import { withFileLock } from '../../io/fileLock';
import type { FitRequest } from '../../protocol/evaluatorApi';
import { Journal } from '../journal';
import type { GateRunner } from '../runners/gates';
import { REFUSAL_RULES_VERSION } from '../scorers/refusal/refusal';
import { knownRates, taskUnder, type FitTargetRates } from './check';
import { Optimizer, type FitResultState, type Optimization } from './optimize';
import { hasCompliance, marginsOf } from './margins';
import { planFit, promptsOf, type FitPlan } from './plan';
import { parseState, stateJson } from './savedState';
import {
  constantGates,
  fitRows,
  type FitContext,
  type FitParts,
  type FitRows,
  type HarmfulRow,
} from './targets';

/** How a runner is made; tests have their own. */
export type OpenGateRunner = (plan: FitPlan, context: FitContext) => Promise<GateRunner>;

/**
 * The answers that gates are fitted to, and which prompts can be used.
 * @throws SploraError those of `planFit`, `fitRows` and of the runner; `cancelled`
 */
export function fitTargets(
  request: FitRequest,
  context: FitContext,
  openRunner: OpenGateRunner,
): Promise<readonly FitTarget[]> {
  return withParts(request, context, openRunner, async (parts) => (await fitRows(parts)).targets);
}

/**
 * Fits gates on the `fit` split. What was asked and computed is kept in the journal, if there is one.
 * @throws SploraError as `fitTargets`, and those of `Optimizer`
 */
export function fitGates(
  request: FitRequest,
  context: FitContext,
  openRunner: OpenGateRunner,
): Promise<FitDocument> {
  return withParts(request, context, openRunner, async (parts) => {
    const rows = await fitRows(parts);
    context.emit({ type: 'targets', targets: rows.targets });
    const target = targetOf(parts);
    const { tokenAccuracy } = await taskUnder(parts, rows, constantGates(parts.runner, 1));
    const wanted = { target, whole: tokenAccuracy };
    const result = await optimize(parts, await withClearMargins(parts, rows), wanted);
    await parts.journal.flush();
    return documentOf(parts, rows, { ...result, whole: tokenAccuracy });
  });
}

async function withParts<T>(
  request: FitRequest,
  context: FitContext,
  openRunner: OpenGateRunner,
  work: (parts: FitParts) => Promise<T>,
): Promise<T> {
  const plan = await planFit(request, context.signal);
  return await withFileLock(request.journal, () => withRunner(plan, context, openRunner, work));
}

async function withRunner<T>(
  plan: FitPlan,
  context: FitContext,
  openRunner: OpenGateRunner,
  work: (parts: FitParts) => Promise<T>,
): Promise<T> {
  const runner = await openRunner(plan, context);
  try {
    const journal = await Journal.open(plan.request.journal, journalHash(plan, runner));
    try {
      return await work({ plan, runner, journal, context });
    } finally {
      await journal.close();
    }
  } catch (thrown) {
    throw context.signal.aborted ? cancelled({ cause: thrown }) : thrown;
  } finally {
    await runner.close();
  }
}

const hashOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');

/** Of everything that answers depend on. */
function journalHash({ request, measured, sha256 }: FitPlan, runner: GateRunner): string {
  const { system = null } = request;
  const hashed = new Set([measured.adapter, ...measured.suites.map(({ file }) => file)]);
  return hashOf({
    fit: [TOOL.version, REFUSAL_RULES_VERSION, sha256, system, measured.maxNewTokens, runner.record],
    suites: measured.suites.map(({ kind, sha256: hash }) => [kind, hash]),
    inputs: measured.inputs.filter(({ path }) => !hashed.has(path)),
  });
}

/** Of everything else that gates depend on. */
function stateKey({ request, options, split, measured }: FitPlan): string {
  const { struck = null, start = null } = request;
  const ids = measured.prompts.map(({ kind, id }) => [kind, id]);
  return hashOf({ options, split, struck, start, ids });
}

/** By default, as often as the aligned model. */
function targetOf(parts: FitParts): FitTargetRates {
  const { maxAsr, maxOverRefusal } = parts.plan.options;
  const aligned = knownRates(parts, 'aligned');
  const asr = maxAsr ?? aligned.asr;
  const overRefusal = maxOverRefusal ?? aligned.overRefusal ?? 1;
  // As many as may be answered besides may be refused just barely.
  return { asr, overRefusal, clear: Math.min(1, 1 - (asr - aligned.asr)) };
}

/** More than a strength needs to be chosen: gates are fitted to these very prompts. */
const FITTED_SHARE = 0.55;

/** How clear a refusal must be depends on how clear it is in the aligned model. */
async function withClearMargins(parts: FitParts, rows: FitRows): Promise<FitRows> {
  const aligned = await marginsOf(parts, rows.harmful, constantGates(parts.runner, 0));
  const byRow = new Map<HarmfulRow, number>(
    rows.harmful.filter(hasCompliance).map((row, at) => [row, aligned[at] ?? 0]),
  );
  const clearOf = (row: HarmfulRow): HarmfulRow => {
    const margin = byRow.get(row);
    return margin === undefined || margin <= 0 ? row : { ...row, clear: clearMargin(margin, FITTED_SHARE) };
  };
  return { ...rows, harmful: rows.harmful.map(clearOf) };
}

async function optimize(
  parts: FitParts,
  rows: FitRows,
  wanted: Pick<Optimization, 'target' | 'whole'>,
): Promise<FitResultState> {
  const { journal, plan } = parts;
  const key = stateKey(plan);
  const saved = parseState(journal.get('fit', key)?.state);
  const random = new Random();
  const optimizer = new Optimizer({
    ...{ parts, rows, ...wanted, random: () => random.next() },
    ...(saved === undefined ? {} : { resumed: saved }),
    save: (state) => journal.add({ type: 'fit', key, state: stateJson(state) }),
  });
  return await optimizer.run();
}

/** The same numbers in [0, 1) each time (mulberry32); not for secrets. */
class Random {
  private draws = 0;

  next(): number {
    const state = (0x6d2b79f5 * ++this.draws) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}

function documentOf(
  parts: FitParts,
  rows: FitRows,
  result: FitResultState & Pick<Optimization, 'whole'>,
): FitDocument {
  const { plan, runner } = parts;
  const { measured, split, options, sha256, request } = plan;
  const { gates, check, steps, checks } = result;
  const { asr, overRefusal, tokenAccuracy } = check;
  return {
    schemaVersion: FIT_SCHEMA_VERSION,
    toolVersion: TOOL.version,
    createdAt: new Date().toISOString(),
    adapter: measured.adapter,
    sha256,
    aligned: request.aligned,
    inputs: measured.inputs,
    runner: runner.record,
    suites: measured.suites,
    ...{ split, options, gates, meets: check.meets },
    results: {
      aligned: { ...knownRates(parts, 'aligned'), tokenAccuracy: null },
      adapter: { ...knownRates(parts, 'adapter'), tokenAccuracy: result.whole },
      gates: { asr, overRefusal, tokenAccuracy },
    },
    ...{ steps, checks, targets: rows.targets },
    notes: [...measured.notes, ...runner.notes, ...notesOf(parts, rows, result)],
  };
}

/** Fewer prompts say little about others. */
const FEW = 8;

const fewNote = (count: number): Message =>
  count === 1
    ? say('Only 1 prompt of a kind was fitted to: test with many more.')
    : say('Only {0} prompts of a kind were fitted to: test with many more.', count);

function notesOf(
  { plan }: FitParts,
  { targets }: FitRows,
  { gates, check }: FitResultState,
): readonly Message[] {
  const values = gates.flatMap(({ on, off = on }) => [on, off]);
  const unused = targets.filter((one) => one.unused === 'answered' && one.suite === 'harmful').length;
  const few = Math.min(promptsOf(plan, 'harmful').length, promptsOf(plan, 'task').length);
  return [
    ...(values.every((one) => one === 1)
      ? [say('All gates are 1: the adapter meets the target as it is, there is nothing to repair.')]
      : []),
    ...(values.every((one) => one === 0)
      ? [say('All gates are 0: only the model without this adapter meets the target.')]
      : []),
    ...(check.meets ? [] : [say('The target was not met on the fit split: these gates come closest.')]),
    ...(few < FEW ? [fewNote(few)] : []),
    ...(unused === 0
      ? []
      : [say('Harmful prompts that the aligned model answers itself were not fitted to: {0}.', unused)]),
    ...(targets.some(({ suite }) => suite === 'benign')
      ? []
      : [say('Without benign prompts, the gates may refuse harmless questions unnoticed.')]),
  ];
}
