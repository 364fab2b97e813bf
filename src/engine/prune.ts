import { writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { planPrune, type PrunePlan } from '../core/prune/planPrune';
import { planWrite, type WritePlan } from '../core/safetensors/writePlan';
import { TOOL } from '../core/tool';
import { copyMode, siblingNames, writeFolderAtomically } from '../io/atomicWrite';
import { copyRestInto, listRest, type FolderRest } from '../io/folderRest';
import { CONFIG_NAME } from '../io/adapterFiles';
import { openAdapter, type OpenedAdapter } from '../io/openAdapter';
import { hashSource, writeSafetensors } from '../io/writeSafetensors';
import type { ProgressEvent, PruneRequest, PruneResult } from '../protocol/engineApi';
import type { CallContext } from '../rpc/channel';
import { Progress } from './progress';

/**
 * Writes a pruned copy of an adapter into a new folder, atomically.
 * @throws SploraError those of `openAdapter` and `planPrune`; `output-exists`; `io`; `cancelled`
 */
export async function prune(
  request: PruneRequest,
  context: CallContext<ProgressEvent>,
): Promise<PruneResult> {
  const opened = await openAdapter(request.adapter);
  try {
    return await writePruned(request, opened, context);
  } finally {
    await opened.source.close();
  }
}

async function writePruned(
  request: PruneRequest,
  opened: OpenedAdapter,
  context: CallContext<ProgressEvent>,
): Promise<PruneResult> {
  const { adapter, source } = opened;
  // Checks names before it hashes a large file.
  planFor(request, opened, '');
  const folder = dirname(adapter.weightsFile);
  const plan = planFor(request, opened, await hashSource(source, { signal: context.signal }));
  const weights = planWrite(adapter.header, plan.fate, plan.metadata);
  // Before anything is written, because `out` may be inside the folder.
  const rest = request.copyRest
    ? await listRest(folder, [basename(adapter.weightsFile), CONFIG_NAME])
    : NOTHING;
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
    mode: request.mode,
    removed: plan.removed,
    kept: plan.kept,
    bytesBefore: source.size,
    bytesAfter: weights.totalBytes,
    notes: [...plan.notes, ...rest.notes],
  };
}

const NOTHING: FolderRest = { names: [], notes: [] };

type WrittenFiles = readonly { readonly name: string; readonly bytes: number }[];

function planFor(
  request: PruneRequest,
  { adapter, configText }: OpenedAdapter,
  sourceSha256: string,
): PrunePlan {
  return planPrune({
    adapter,
    modules: request.modules,
    mode: request.mode,
    provenance: request.provenance,
    toolVersion: TOOL.version,
    sourceSha256,
    bakeScale: request.bakeScale === true,
    ...(configText === undefined ? {} : { configText }),
  });
}

/** Writes weights, config and the rest of the folder, in this order. */
async function fillStage(
  stage: string,
  { adapter, source }: OpenedAdapter,
  { plan, weights, rest }: { plan: PrunePlan; weights: WritePlan; rest: FolderRest },
  { signal, emit }: CallContext<ProgressEvent>,
): Promise<WrittenFiles> {
  const name = basename(adapter.weightsFile);
  const progress = new Progress(1, weights.totalBytes, emit);
  progress.startModule(name);
  let done = 0;
  const onBytes = (bytes: number): void => {
    progress.addBytes(bytes - done);
    done = bytes;
  };
  const { bytes } = await writeSafetensors(source, weights, join(stage, name), { signal, onBytes });
  const files = [{ name, bytes }];
  if (plan.configText !== undefined) {
    await writeFile(join(stage, CONFIG_NAME), plan.configText, { flag: 'wx' });
    files.push({ name: CONFIG_NAME, bytes: Buffer.byteLength(plan.configText) });
  }
  const copied = await copyRestInto(dirname(adapter.weightsFile), rest.names, stage, signal);
  progress.endModule();
  return [...files, ...copied];
}
