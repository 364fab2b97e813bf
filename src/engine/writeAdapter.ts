import { writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { WritePlan } from '../core/safetensors/writePlan';
import { CONFIG_NAME } from '../io/adapterFiles';
import { copyMode, siblingNames, writeFolderAtomically } from '../io/atomicWrite';
import { copyRestInto, listRest, type FolderRest } from '../io/folderRest';
import type { OpenedAdapter } from '../io/openAdapter';
import { writeSafetensors } from '../io/writeSafetensors';
import type { ProgressEvent, RepairResult } from '../protocol/engineApi';
import type { CallContext } from '../rpc/channel';
import { Progress } from './progress';

export interface AdapterOutput {
  /** Names, permissions and the rest of the folder are its. */
  readonly original: OpenedAdapter;
  /** What is copied, and the file that `weights` was planned from. */
  readonly source: OpenedAdapter;
  readonly weights: WritePlan;
  /** Absent: that of `source`. */
  readonly configText?: string | undefined;
  readonly copyRest: boolean;
  /** Absent: a free name beside the original. */
  readonly out?: string | undefined;
}

/**
 * Writes weights, config and the rest of the folder, in this order, into a new folder, atomically.
 * @throws SploraError `output-exists`, `io`, `cancelled`
 */
export async function writeAdapter(
  output: AdapterOutput,
  context: CallContext<ProgressEvent>,
): Promise<Pick<RepairResult, 'out' | 'files' | 'notes'>> {
  const { original, copyRest } = output;
  const { weightsFile } = original.adapter;
  const folder = dirname(weightsFile);
  // Before anything is written, because `out` may be inside the folder.
  const rest: FolderRest = copyRest
    ? await listRest(folder, [basename(weightsFile), CONFIG_NAME])
    : { names: [], notes: [] };
  let files: WrittenFiles = [];
  const out = await writeFolderAtomically(
    output.out ?? siblingNames(folder),
    async (stage) => {
      files = await fillStage(stage, output, rest, context);
      for (const { name } of files) await copyMode(join(folder, name), join(stage, name));
      await copyMode(folder, stage);
    },
    context.signal,
  );
  return {
    out,
    files: files.map(({ name, bytes }) => ({ path: join(out, name), bytes })),
    notes: rest.notes,
  };
}

type WrittenFiles = readonly { readonly name: string; readonly bytes: number }[];

async function fillStage(
  stage: string,
  { original, source, weights, configText = source.adapter.configText }: AdapterOutput,
  rest: FolderRest,
  { signal, emit }: CallContext<ProgressEvent>,
): Promise<WrittenFiles> {
  const { weightsFile } = original.adapter;
  const name = basename(weightsFile);
  const progress = new Progress(1, weights.totalBytes, emit);
  progress.startModule(name);
  const onBytes = (bytes: number): void => progress.setBytes(bytes);
  await writeSafetensors(source.source, weights, join(stage, name), { signal, onBytes });
  const files = [{ name, bytes: weights.totalBytes }];
  if (configText !== undefined) {
    await writeFile(join(stage, CONFIG_NAME), configText, { flag: 'wx' });
    files.push({ name: CONFIG_NAME, bytes: Buffer.byteLength(configText) });
  }
  const copied = await copyRestInto(dirname(weightsFile), rest.names, stage, signal);
  progress.endModule();
  return [...files, ...copied];
}
