import { basename, join } from 'node:path';
import { joinSlices } from '../core/adapter/joinSlices';
import { badRequest } from '../core/errors';
import { say } from '../core/message';
import type { ExportTarget } from '../core/export/targets';
import { METADATA_KEY, provenanceJson } from '../core/provenance';
import { planWrite } from '../core/safetensors/writePlan';
import { TOOL } from '../core/tool';
import { defined } from '../core/record';
import { openAdapter, type OpenedAdapter } from '../io/openAdapter';
import { withTemporaryFolder } from '../io/temporaryFolder';
import { hashSource } from '../io/writeSafetensors';
import type { Candidate, ProgressEvent, RepairRequest, RepairResult } from '../protocol/engineApi';
import type { CallContext } from '../rpc/channel';
import type { StepMemory } from './factorSteps';
import { planRepairs, type EnginePlan } from './planRepairs';
import { inPlaceOf, planFor } from './exportAdapter';
import { writeAdapter } from './writeAdapter';

/**
 * Writes a repaired copy of an adapter into a new folder, atomically.
 * @throws SploraError those of `openAdapter`, `planRepairs` and `writeAdapter`
 */
export async function repair(
  request: RepairRequest,
  context: CallContext<ProgressEvent>,
  memory: StepMemory,
): Promise<RepairResult> {
  const opened = await openAdapter(request.adapter);
  try {
    const [plan] = await planRepairs({ ...request, candidates: [request] }, opened, context, memory);
    if (plan === undefined) throw new Error('there is a plan for each candidate');
    refuseNoChange(plan);
    const sourceSha256 = await hashSource(opened.source, { signal: context.signal });
    const planned = { opened, plan, sourceSha256 };
    const { target } = request;
    const written =
      target === undefined
        ? await writePlanned({ ...request, candidate: request }, planned, context)
        : await writeFor(target, request, planned, context);
    return { ...written, method: request.method };
  } finally {
    await opened.source.close();
  }
}

/** @throws SploraError `bad-request` where a method with these options changes no module */
function refuseNoChange({ step, changed, notes: [why] }: EnginePlan): void {
  if (step === undefined || changed.length > 0) return;
  throw badRequest(say('With these options, no module is changed'), why ?? say('Choose others.'));
}

export interface PlannedRepair {
  readonly opened: OpenedAdapter;
  readonly plan: EnginePlan;
  readonly sourceSha256: string;
}

/** As `writePlanned`, in the form of a loader: that is made from a file, which is written first. */
async function writeFor(
  target: ExportTarget,
  request: RepairRequest,
  { opened, plan, sourceSha256 }: PlannedRepair,
  context: CallContext<ProgressEvent>,
): Promise<Omit<RepairResult, 'method'>> {
  return await withTemporaryFolder(async (folder) => {
    const record = { ...plan.record, for: target };
    const { out: _out, ...written } = await writePlanned(
      { candidate: request, out: join(folder, 'repaired'), copyRest: false },
      { opened, plan: { ...plan, record }, sourceSha256 },
      { signal: context.signal, emit: () => undefined },
    );
    const { model = request.aligned, copyRest, out } = request;
    const repaired = await openAdapter(join(folder, 'repaired'));
    try {
      const exported = await planFor(target, inPlaceOf(opened, repaired), { model });
      const files = { original: opened, source: repaired, plan: exported, copyRest, out };
      const { notes, ...rest } = await writeAdapter(files, context);
      return {
        ...{ ...written, ...rest, bytesAfter: exported.weights.totalBytes },
        notes: [...written.notes, ...exported.notes, ...notes],
      };
    } finally {
      await repaired.source.close();
    }
  });
}

/** Writes what was planned. @throws SploraError those of `writeAdapter` */
export async function writePlanned(
  request: Pick<RepairRequest, 'out' | 'copyRest'> & { readonly candidate: Candidate },
  { opened, plan, sourceSha256 }: PlannedRepair,
  context: CallContext<ProgressEvent>,
): Promise<Omit<RepairResult, 'method'>> {
  const { adapter, source } = opened;
  const tensors = joinSlices(adapter, plan.tensors);
  const weights = planWrite(
    adapter.header,
    (tensor) => tensors.get(tensor) ?? 'copy',
    metadataOf(request.candidate, { opened, plan, sourceSha256 }),
    plan.added,
  );
  const { configText = adapter.configText } = plan;
  const weightsName = basename(adapter.weightsFile);
  const { out, files, notes } = await writeAdapter(
    {
      original: opened,
      source: opened,
      plan: { weightsName, weights, ...defined({ configText }) },
      copyRest: request.copyRest,
      out: request.out,
    },
    context,
  );
  return {
    ...{ out, files },
    effect: plan.effect,
    changed: plan.changed,
    kept: plan.kept,
    bytesBefore: source.size,
    bytesAfter: weights.totalBytes,
    notes: [...plan.notes, ...notes],
  };
}

function metadataOf(
  { method, provenance, isRandom }: Candidate,
  { opened: { adapter }, plan: { record, models }, sourceSha256 }: PlannedRepair,
): Map<string, string> {
  const existing = adapter.header.metadata;
  const metadata = new Map<string, string>();
  // transformers does not load files without a format; MLX writes none.
  if (adapter.family === 'peft' && !existing.has('format')) metadata.set('format', 'pt');
  const previous = existing.get(METADATA_KEY);
  metadata.set(
    METADATA_KEY,
    provenanceJson({
      ...{ adapter, method, sourceSha256, previous, toolVersion: TOOL.version },
      record: isRandom === true ? { ...record, random: true } : record,
      ...defined({ provenance, models }),
    }),
  );
  return metadata;
}
