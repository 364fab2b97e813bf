import { dirname } from 'node:path';
import type { Adapter } from '../core/adapter/types';
import type { Checkpoint } from '../core/checkpoint/types';
import { SploraError } from '../core/errors';
import { planCopy, planExport } from '../core/export';
import { TARGETS, type ExportTarget } from '../core/export/targets';
import type { ExportPlan } from '../core/export/types';
import { EXPORTED, METADATA_KEY, provenanceJson } from '../core/provenance';
import { defined } from '../core/record';
import { TOOL } from '../core/tool';
import { openAdapter, type OpenedAdapter } from '../io/openAdapter';
import { openCheckpoint } from '../io/openCheckpoint';
import { hashSource } from '../io/writeSafetensors';
import type { ExportRequest, ExportResult, ProgressEvent } from '../protocol/engineApi';
import type { CallContext } from '../rpc/channel';
import { writeAdapter } from './writeAdapter';

/**
 * Writes an adapter in the form of another loader into a new folder, atomically.
 * @throws SploraError those of `openAdapter`, `openCheckpoint`, `planExport` and `writeAdapter`
 */
export async function exportAdapter(
  { adapter: path, target, model, out, copyRest }: ExportRequest,
  context: CallContext<ProgressEvent>,
): Promise<ExportResult> {
  const opened = await openAdapter(path);
  try {
    const { adapter, source } = opened;
    const sourceSha256 = await hashSource(source, { signal: context.signal });
    const previous = adapter.header.metadata.get(METADATA_KEY);
    const record = provenanceJson({
      ...{ adapter, method: EXPORTED, record: { for: target }, sourceSha256, previous },
      toolVersion: TOOL.version,
    });
    const plan = await planFor(target, opened, { model, metadata: new Map([[METADATA_KEY, record]]) });
    const files = { original: opened, source: opened, plan, copyRest, out, suffix: target };
    const written = await writeAdapter(files, context);
    return {
      ...written,
      ...{ target, modules: plan.modules, bytesBefore: source.size, bytesAfter: plan.weights.totalBytes },
      notes: [...plan.notes, ...written.notes],
    };
  } finally {
    await opened.source.close();
  }
}

interface PlanOptions {
  readonly model?: string | undefined;
  /** Beside that of the adapter. */
  readonly metadata?: ReadonlyMap<string, string>;
}

/**
 * Plans the files of an adapter for a loader, with the model that it is to be loaded onto; without one, as they are.
 * @throws SploraError those of `openCheckpoint` and `planExport`
 */
export async function planFor(
  target: ExportTarget | undefined,
  { adapter }: OpenedAdapter,
  { model, metadata }: PlanOptions,
): Promise<ExportPlan> {
  if (target === undefined) return planCopy(adapter, metadata);
  const opened =
    model === undefined
      ? await modelNamedBy(adapter, target)
      : await openCheckpoint(model, { quantized: true });
  return planExport(target, { adapter, ...defined({ model: opened, metadata }) });
}

/** The model that the adapter names, for a target that needs one; undefined: it is not on this machine. */
async function modelNamedBy(
  { alignedHint, weightsFile }: Adapter,
  target: ExportTarget,
): Promise<Checkpoint | undefined> {
  if (alignedHint === undefined || TARGETS[target].needsModel !== true) return undefined;
  try {
    return await openCheckpoint(alignedHint, { relativeTo: dirname(weightsFile), quantized: true });
  } catch (thrown) {
    if (thrown instanceof SploraError && thrown.data.code === 'not-found') return undefined;
    throw thrown;
  }
}

/** A copy that was written elsewhere, for a user who knows only the original: errors and relative names are of that. */
export const inPlaceOf = (original: OpenedAdapter, { adapter, source }: OpenedAdapter): OpenedAdapter => ({
  adapter: { ...adapter, weightsFile: original.adapter.weightsFile },
  source,
});
