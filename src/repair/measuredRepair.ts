import path from 'node:path';
import { badRequest } from '../core/errors';
import { TARGETS, type ExportTarget } from '../core/export/targets';
import { say, type Message } from '../core/message';
import type { PassKind } from '../core/passes';
import { defined } from '../core/record';
import { ADAPTER, ALIGNED } from '../core/results/evaluation/summarize';
import type { EvaluationDocument } from '../core/results/evaluation/types';
import { isTaskGone, limitsOf, missedBy } from '../core/results/repair/target';
import {
  CHANCE,
  REPAIR_SCHEMA_VERSION,
  REPAIRED,
  type RepairDocument,
  type RepairOutcome,
  type WrittenRepair,
} from '../core/results/repair/types';
import { TOOL } from '../core/tool';
import { checkFree, checkOutside, checkWritable } from '../io/checkFree';
import { weightIdentities } from '../io/inputIdentity';
import { checkCancelled, statIfThere } from '../io/ioError';
import { withTemporaryFolder } from '../io/temporaryFolder';
import { methodOf } from '../methods';
import type { KeepResult } from '../protocol/engineApi';
import type { MeasuredRepairRequest } from '../protocol/repairApi';
import { checkSuites } from './checks';
import { methodsOf, tryMethods, type TriedMethods } from './methods';
import { candidateOf, figuresIn, measureOn, plainPoint, Points, type FoundPoint } from './points';
import { measuredRecord } from './record';
import type { Clients, RepairContext, RepairJob } from './types';

/**
 * Repairs an adapter by measurement: measures it as it is, tries strengths of methods on the fit split, measures the best
 * one on the test split, and writes it beside the original if it reaches the target there.
 * @throws SploraError `bad-request` for suites and models that a repair cannot work with; those of both processes; `cancelled`
 */
export async function repairByMeasurement(
  request: MeasuredRepairRequest,
  clients: Clients,
  context: RepairContext,
): Promise<RepairDocument> {
  const methods = methodsOf(request);
  await checkOutput(request);
  context.emit({ type: 'stage', stage: 'suites' });
  const { suites, skipBrokenLines } = request.measure;
  const description = await clients.evaluator.call(
    'describeSuites',
    { suites, ...defined({ skipBrokenLines, struck: request.fit?.struck }) },
    { signal: context.signal },
  );
  checkSuites(description);
  const baseFiles = request.base === undefined ? [] : await weightIdentities(request.base);
  return await withTemporaryFolder(async (folder) => {
    const memory = context.memory ?? { known: new Map() };
    const passes = { kinds: new Set<PassKind>() };
    const job: RepairJob = { request, clients, context, memory, folder, baseFiles, passes };
    return await runRepair(job, methods);
  });
}

/** Before hours of measuring. @throws SploraError those of `checkOutside` and `checkFree` */
async function checkOutput({ adapter, out }: MeasuredRepairRequest): Promise<void> {
  if (out !== undefined) {
    await checkOutside(out, adapter);
    return await checkFree(out);
  }
  const whole = path.resolve(adapter);
  const found = await statIfThere(whole);
  // The engine says what is wrong with an adapter that is not there.
  if (found !== undefined)
    await checkWritable(path.dirname(found.isDirectory() ? whole : path.dirname(whole)));
}

async function runRepair(job: RepairJob, methods: TriedMethods): Promise<RepairDocument> {
  const { request, context } = job;
  await checkTarget(job);
  const points = await Points.open(job);
  if (points.missedBefore === 0) {
    const test = await testOf(job, undefined, points);
    if (missesTarget(request, test, ADAPTER) === 0)
      return documentOf(job, { points, test, outcome: 'unneeded', notes: methods.notes });
  }
  const notes = [...methods.notes, ...(await tryMethods(job, methods, points))];
  const best = points.best(...(methods.among ?? []));
  if (best === undefined) {
    const [why = say('There is no strength to measure.')] = notes;
    throw badRequest(
      why,
      say('Check that base is the model before alignment and fits the aligned one, or choose a method.'),
    );
  }
  context.emit({ type: 'chosen', point: plainPoint(best) });
  const test = await testOf(job, best, points);
  const outcome = outcomeOf(request, test);
  checkCancelled(context.signal);
  const missedOnFit = best.meets
    ? []
    : [say('No strength reached the target on the fit split: the closest one was tested.')];
  const found = {
    points,
    test,
    outcome,
    best,
    notes: [...missedOnFit, ...best.candidate.notes, ...notes],
  } as const;
  if (outcome === 'missed' && !request.anyway) return documentOf(job, found);
  const { notes: more, ...written } = await write(job, documentOf(job, found), best);
  return documentOf(job, { ...found, notes: [...more, ...found.notes], written });
}

/** What the loader has no place for in the original is refused before anything is measured. */
async function checkTarget({ request, clients, context, folder }: RepairJob): Promise<void> {
  const { adapter, for: target, measure } = request;
  if (target === undefined) return;
  const out = path.join(folder, 'export');
  const asked = { adapter, target, model: measure.aligned, copyRest: false, out };
  await clients.engine.call('export', asked, { signal: context.signal });
}

function outcomeOf(request: MeasuredRepairRequest, test: EvaluationDocument): RepairOutcome {
  if (missesTarget(request, test, REPAIRED) > 0) return 'missed';
  const [aligned, adapter, repaired] = [
    figuresIn(test, ALIGNED),
    figuresIn(test, ADAPTER),
    figuresIn(test, REPAIRED),
  ];
  return isTaskGone({ aligned, adapter, repaired }, request.target) ? 'missed' : 'repaired';
}

function missesTarget({ target }: MeasuredRepairRequest, test: EvaluationDocument, id: string): number {
  return missedBy(figuresIn(test, id), limitsOf(target, figuresIn(test, ALIGNED)), target);
}

/** What the best point does on the test split, random directions in its place, and the best of methods that are compared. */
async function testOf(
  job: RepairJob,
  best: FoundPoint | undefined,
  points: Points,
): Promise<EvaluationDocument> {
  const { request, context } = job;
  const random = best === undefined || !request.chance ? undefined : await randomLike(job, best);
  context.emit({ type: 'stage', stage: 'test' });
  const document = await measureOn(job, 'test', [
    ...(best === undefined ? [] : [{ id: REPAIRED, adapter: best.candidate.out }]),
    ...(random === undefined ? [] : [{ id: CHANCE, adapter: random }]),
    ...comparedPoints(job.request, points)
      .filter((point) => point !== best)
      .map(({ method, candidate }) => ({ id: method, adapter: candidate.out })),
  ]);
  const isTemporary = (file: string): boolean => file.startsWith(job.folder);
  return {
    ...document,
    inputs: document.inputs.filter((input) => !isTemporary(input.path)),
    // Where they lay is gone.
    variants: document.variants.map((variant) =>
      variant.adapter === null || !isTemporary(variant.adapter)
        ? variant
        : { ...variant, adapter: path.basename(variant.adapter) },
    ),
  };
}

/** The best point of each method that is compared; a method that was not tried has none. */
function comparedPoints({ compare = [] }: MeasuredRepairRequest, points: Points): readonly FoundPoint[] {
  return [...new Set(compare)].flatMap((id) => points.best(id) ?? []);
}

/** The folder of the same method with the same options on random directions; undefined where it takes none. */
async function randomLike(
  { request, clients, context, folder }: RepairJob,
  best: FoundPoint,
): Promise<string | undefined> {
  const directions = methodOf(best.method).curve?.directions;
  if (directions === undefined) return undefined;
  const { adapter, base, safety, measure } = request;
  const [made] = await clients.engine.call(
    'candidates',
    {
      ...{ adapter, aligned: measure.aligned, folder, directions },
      candidates: [{ ...candidateOf(best.planned), isRandom: true }],
      ...defined({ base, safety }),
    },
    { signal: context.signal },
  );
  return made?.out;
}

async function write(
  { request, clients, context }: RepairJob,
  document: RepairDocument,
  { candidate }: FoundPoint,
): Promise<WrittenRepair & Pick<KeepResult, 'notes'>> {
  const {
    adapter,
    out,
    copyRest,
    for: target,
    measure: { aligned: model },
  } = request;
  const { signal } = context;
  context.emit({ type: 'stage', stage: 'writing' });
  const kept = await clients.engine.call(
    'keepCandidate',
    {
      ...{ adapter, candidate: candidate.out, copyRest, model, measured: measuredRecord(document) },
      ...defined({ out, target }),
    },
    { signal, onEvent: (event) => context.emit({ type: 'engine', event }) },
  );
  context.emit({ type: 'stage', stage: 'checking' });
  const { loaders } = isFinal(target)
    ? { loaders: [] }
    : await clients.engine.call('check', { adapter: kept.out, model }, { signal });
  const { bytesBefore, effect, changed, kept: rest } = candidate;
  const [weights] = kept.files;
  return {
    ...{ out: kept.out, files: kept.files, bytesBefore, effect },
    bytesAfter: weights?.bytes ?? candidate.bytesAfter,
    changed: changed.length,
    kept: rest.length,
    notes: kept.notes,
    loaders: loaders.map(({ loader, verdict, findings }) => ({
      ...{ loader, verdict },
      findings: findings.map(({ message }) => message),
    })),
  };
}

const isFinal = (target: ExportTarget | undefined): boolean =>
  target !== undefined && TARGETS[target].isFinal === true;

interface Found {
  readonly points: Points;
  readonly test: EvaluationDocument;
  readonly outcome: RepairOutcome;
  readonly best?: FoundPoint;
  readonly written?: WrittenRepair;
  readonly notes: readonly Message[];
}

function documentOf({ request, baseFiles }: RepairJob, found: Found): RepairDocument {
  const { points, test, outcome, best, written, notes } = found;
  const variants = test.variants.map((variant) =>
    variant.id === REPAIRED && written !== undefined ? { ...variant, adapter: written.out } : variant,
  );
  return {
    schemaVersion: REPAIR_SCHEMA_VERSION,
    toolVersion: TOOL.version,
    createdAt: new Date().toISOString(),
    adapter: test.adapter,
    inputs: [...test.inputs, ...baseFiles],
    base: request.base ?? null,
    aligned: request.measure.aligned,
    method: request.method,
    target: request.target,
    outcome,
    before: points.before,
    points: points.found.map(plainPoint),
    chosen: best === undefined ? null : points.found.indexOf(best),
    ...(request.compare === undefined || best === undefined
      ? {}
      : {
          compared: comparedPoints(request, points).map((point) => ({
            method: point.method,
            point: points.found.indexOf(point),
          })),
        }),
    fit: best?.fit ?? null,
    test: { ...test, variants },
    written: written ?? null,
    notes,
  };
}
