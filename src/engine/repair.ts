import { badRequest } from '../core/errors';
import { say } from '../core/message';
import { METADATA_KEY, provenanceJson } from '../core/provenance';
import { planWrite } from '../core/safetensors/writePlan';
import { TOOL } from '../core/tool';
import { defined } from '../core/record';
import { openAdapter, type OpenedAdapter } from '../io/openAdapter';
import { hashSource } from '../io/writeSafetensors';
import type { Candidate, ProgressEvent, RepairRequest, RepairResult } from '../protocol/engineApi';
import type { CallContext } from '../rpc/channel';
import type { StepMemory } from './factorSteps';
import { planRepairs, type EnginePlan } from './planRepairs';
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
    const written = await writePlanned(
      { ...request, candidate: request },
      { opened, plan, sourceSha256 },
      context,
    );
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

/** Writes what was planned. @throws SploraError those of `writeAdapter` */
export async function writePlanned(
  request: Pick<RepairRequest, 'out' | 'copyRest'> & { readonly candidate: Candidate },
  { opened, plan, sourceSha256 }: PlannedRepair,
  context: CallContext<ProgressEvent>,
): Promise<Omit<RepairResult, 'method'>> {
  const { adapter, source } = opened;
  const weights = planWrite(
    adapter.header,
    (tensor) => plan.tensors.get(tensor) ?? 'copy',
    metadataOf(request.candidate, { opened, plan, sourceSha256 }),
    plan.added,
  );
  const { configText } = plan;
  const { out, files, notes } = await writeAdapter(
    { original: opened, source: opened, weights, configText, copyRest: request.copyRest, out: request.out },
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
