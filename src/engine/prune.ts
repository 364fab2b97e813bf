import { writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { planPrune } from '../core/prune/planPrune';
import { planWrite } from '../core/safetensors/writePlan';
import { TOOL } from '../core/tool';
import { freeSiblingName, writeFolderAtomically } from '../io/atomicWrite';
import { copyRestInto, listRest } from '../io/folderRest';
import { CONFIG_NAME } from '../io/adapterFiles';
import { openAdapter, type OpenedAdapter } from '../io/openAdapter';
import { hashSource, writeSafetensors } from '../io/writeSafetensors';
import type { ProgressEvent, PruneRequest, PruneResult } from '../protocol/engineApi';
import { Progress } from './progress';

/** What a handler is given beside its request. */
export interface JobContext {
  readonly signal: AbortSignal;
  progress(event: ProgressEvent): void;
}

/**
 * Writes a pruned copy of an adapter into a new folder, whole or not at all. Errors: those of `openAdapter` and
 * `planPrune`, `output-exists`, `io`, `cancelled`.
 */
export async function prune(request: PruneRequest, context: JobContext): Promise<PruneResult> {
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
  { signal, progress: emit }: JobContext,
): Promise<PruneResult> {
  const { adapter, source, configText } = opened;
  const input = {
    adapter,
    modules: request.modules,
    mode: request.mode,
    provenance: request.provenance,
    toolVersion: TOOL.version,
    ...(configText === undefined ? {} : { configText }),
  };
  // Names are checked before a large file is hashed.
  planPrune({ ...input, sourceSha256: '' });
  const folder = dirname(adapter.weightsFile);
  const out = request.out === undefined ? await freeSiblingName(folder) : resolve(request.out);
  const weightsName = basename(adapter.weightsFile);
  const sourceSha256 = await hashSource(source, { signal });
  const plan = planPrune({ ...input, sourceSha256 });
  const writePlan = planWrite(adapter.header, plan.fate, plan.metadata);
  // Listed before anything is written: `out` may lie inside the folder.
  const rest = request.copyRest
    ? await listRest(folder, [weightsName, CONFIG_NAME])
    : { names: [], notes: [] };
  const progress = new Progress(1, writePlan.totalBytes, emit);
  const files: { path: string; bytes: number }[] = [];
  let written = 0;
  await writeFolderAtomically(
    out,
    async (stage) => {
      progress.startModule(weightsName);
      const onBytes = (bytes: number): void => {
        progress.addBytes(bytes - written);
        written = bytes;
      };
      const { bytes } = await writeSafetensors(source, writePlan, join(stage, weightsName), {
        signal,
        onBytes,
      });
      files.push({ path: join(out, weightsName), bytes });
      if (plan.configText !== undefined) {
        await writeFile(join(stage, CONFIG_NAME), plan.configText, { flag: 'wx' });
        files.push({ path: join(out, CONFIG_NAME), bytes: Buffer.byteLength(plan.configText) });
      }
      for (const copied of await copyRestInto(folder, rest.names, stage, signal)) {
        files.push({ path: join(out, copied.name), bytes: copied.bytes });
      }
    },
    signal,
  );
  progress.endModule();
  return {
    out,
    files,
    mode: request.mode,
    removed: plan.removed,
    kept: plan.kept,
    bytesBefore: source.size,
    bytesAfter: writePlan.totalBytes,
    notes: [...plan.notes, ...rest.notes],
  };
}
