import { writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { METADATA_KEY, provenanceJson, type ModelNames } from '../core/provenance';
import { planWrite, type WritePlan } from '../core/safetensors/writePlan';
import { TOOL } from '../core/tool';
import { methodOf } from '../methods';
import type { RepairPlan } from '../methods/types';
import { copyMode, siblingNames, writeFolderAtomically } from '../io/atomicWrite';
import { copyRestInto, listRest, type FolderRest } from '../io/folderRest';
import { CONFIG_NAME } from '../io/adapterFiles';
import { openAdapter, type OpenedAdapter } from '../io/openAdapter';
import { hashSource, writeSafetensors } from '../io/writeSafetensors';
import type { ProgressEvent, RepairRequest, RepairResult } from '../protocol/engineApi';
import type { CallContext } from '../rpc/channel';
import { applyAlignmentStep } from './alignmentStep';
import { Progress } from './progress';
import type { WorkerPool } from './workers/pool';
import { defined } from '../core/record';

/**
 * Writes a repaired copy of an adapter into a new folder, atomically.
 * @throws SploraError those of `openAdapter`, the method's `plan` and `applyAlignmentStep`; `output-exists`; `io`; `cancelled`
 */
export async function repair(
  request: RepairRequest,
  context: CallContext<ProgressEvent>,
  pool: WorkerPool,
): Promise<RepairResult> {
  const opened = await openAdapter(request.adapter);
  try {
    const plan = await planRepair(request, opened, context, pool);
    return await writeRepaired(request, opened, plan, context);
  } finally {
    await opened.source.close();
  }
}

/** The plan of the method, with what it needs computed from the models. */
async function planRepair(
  request: RepairRequest,
  opened: OpenedAdapter,
  context: CallContext<ProgressEvent>,
  pool: WorkerPool,
): Promise<RepairPlan & { readonly models?: ModelNames }> {
  const { modules, options, results = {} } = request;
  const plan = await methodOf(request.method).plan({ adapter: opened.adapter, modules, results }, options);
  if (plan.alignment === undefined) return plan;
  const { tensors, left, notes, base, aligned } = await applyAlignmentStep(
    request,
    opened,
    plan.alignment,
    context,
    pool,
  );
  return {
    ...plan,
    tensors: new Map([...plan.tensors, ...tensors]),
    changed: plan.changed.filter((name) => !left.has(name)),
    kept: [...plan.changed.filter((name) => left.has(name)), ...plan.kept],
    notes: [...plan.notes, ...notes],
    models: { base, aligned },
  };
}

async function writeRepaired(
  request: RepairRequest,
  opened: OpenedAdapter,
  plan: RepairPlan & { readonly models?: ModelNames },
  context: CallContext<ProgressEvent>,
): Promise<RepairResult> {
  const { adapter, source } = opened;
  const folder = dirname(adapter.weightsFile);
  const sha256 = await hashSource(source, { signal: context.signal });
  const weights = planWrite(
    adapter.header,
    (tensor) => plan.tensors.get(tensor) ?? 'copy',
    metadataOf(request, opened, plan, sha256),
  );
  // Before anything is written, because `out` may be inside the folder.
  const rest: FolderRest = request.copyRest
    ? await listRest(folder, [basename(adapter.weightsFile), CONFIG_NAME])
    : { names: [], notes: [] };
  let files: WrittenFiles = [];
  const out = await writeFolderAtomically(
    request.out ?? siblingNames(folder),
    async (stage) => {
      files = await fillStage(stage, opened, { plan, weights, rest }, context);
      for (const { name } of files) await copyMode(join(folder, name), join(stage, name));
      await copyMode(folder, stage);
    },
    context.signal,
  );
  return {
    out,
    files: files.map(({ name, bytes }) => ({ path: join(out, name), bytes })),
    method: request.method,
    effect: plan.effect,
    changed: plan.changed,
    kept: plan.kept,
    bytesBefore: source.size,
    bytesAfter: weights.totalBytes,
    notes: [...plan.notes, ...rest.notes],
  };
}

type WrittenFiles = readonly { readonly name: string; readonly bytes: number }[];

function metadataOf(
  { method, provenance }: RepairRequest,
  { adapter }: OpenedAdapter,
  { record, models }: RepairPlan & { readonly models?: ModelNames },
  sourceSha256: string,
): Map<string, string> {
  const existing = adapter.header.metadata;
  const metadata = new Map<string, string>();
  // transformers does not load files without a format; MLX writes none.
  if (adapter.family === 'peft' && !existing.has('format')) metadata.set('format', 'pt');
  const previous = existing.get(METADATA_KEY);
  metadata.set(
    METADATA_KEY,
    provenanceJson({
      ...{ adapter, method, record, sourceSha256, previous, toolVersion: TOOL.version },
      ...defined({ provenance, models }),
    }),
  );
  return metadata;
}

/** Writes weights, config and the rest of the folder, in this order. */
async function fillStage(
  stage: string,
  { adapter, source }: OpenedAdapter,
  { plan, weights, rest }: { plan: RepairPlan; weights: WritePlan; rest: FolderRest },
  { signal, emit }: CallContext<ProgressEvent>,
): Promise<WrittenFiles> {
  const name = basename(adapter.weightsFile);
  const progress = new Progress(1, weights.totalBytes, emit);
  progress.startModule(name);
  const onBytes = (bytes: number): void => progress.setBytes(bytes);
  await writeSafetensors(source, weights, join(stage, name), { signal, onBytes });
  const files = [{ name, bytes: weights.totalBytes }];
  const configText = plan.configText ?? adapter.configText;
  if (configText !== undefined) {
    await writeFile(join(stage, CONFIG_NAME), configText, { flag: 'wx' });
    files.push({ name: CONFIG_NAME, bytes: Buffer.byteLength(configText) });
  }
  const copied = await copyRestInto(dirname(adapter.weightsFile), rest.names, stage, signal);
  progress.endModule();
  return [...files, ...copied];
}
