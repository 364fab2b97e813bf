import { METADATA_KEY, provenanceJson } from '../core/provenance';
import { planWrite } from '../core/safetensors/writePlan';
import { TOOL } from '../core/tool';
import { defined } from '../core/record';
import { openAdapter, type OpenedAdapter } from '../io/openAdapter';
import { hashSource } from '../io/writeSafetensors';
import type { Candidate, ProgressEvent, RepairRequest, RepairResult } from '../protocol/engineApi';
import type { CallContext } from '../rpc/channel';
import { planRepairs, type EnginePlan, type PlanMemory } from './planRepairs';
import { writeAdapter } from './writeAdapter';

/**
 * Writes a repaired copy of an adapter into a new folder, atomically.
 * @throws SploraError those of `openAdapter`, `planRepairs` and `writeAdapter`
 */
export async function repair(
  request: RepairRequest,
  context: CallContext<ProgressEvent>,
  memory: PlanMemory,
): Promise<RepairResult> {
  const opened = await openAdapter(request.adapter);
  try {
    const [plan] = await planRepairs({ ...request, candidates: [request] }, opened, context, memory);
    if (plan === undefined) throw new Error('there is a plan for each candidate');
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
