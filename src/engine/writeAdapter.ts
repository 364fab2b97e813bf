import { writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ExportPlan } from '../core/export/types';
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
  /** The file that `plan` was made from. */
  readonly source: OpenedAdapter;
  readonly plan: Pick<ExportPlan, 'weightsName' | 'weights' | 'configText'>;
  readonly copyRest: boolean;
  /** Absent: a free name beside the original. */
  readonly out?: string | undefined;
  /** Of that name; absent: `splora`. */
  readonly suffix?: string;
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
    output.out ?? siblingNames(folder, output.suffix),
    async (stage) => {
      files = await fillStage(stage, output, rest, context);
      for (const { name, like } of files) await copyMode(like, join(stage, name));
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

/** `like`: the file whose permissions it gets. */
type WrittenFiles = readonly { readonly name: string; readonly bytes: number; readonly like: string }[];

async function fillStage(
  stage: string,
  { original, source, plan: { weightsName, weights, configText } }: AdapterOutput,
  rest: FolderRest,
  { signal, emit }: CallContext<ProgressEvent>,
): Promise<WrittenFiles> {
  const { weightsFile, configFile = weightsFile } = original.adapter;
  const progress = new Progress(1, weights.totalBytes, emit);
  progress.startModule(weightsName);
  const onBytes = (bytes: number): void => progress.setBytes(bytes);
  await writeSafetensors(source.source, weights, join(stage, weightsName), { signal, onBytes });
  const files = [{ name: weightsName, bytes: weights.totalBytes, like: weightsFile }];
  if (configText !== undefined) {
    await writeFile(join(stage, CONFIG_NAME), configText, { flag: 'wx' });
    files.push({ name: CONFIG_NAME, bytes: Buffer.byteLength(configText), like: configFile });
  }
  const folder = dirname(weightsFile);
  const copied = await copyRestInto(folder, rest.names, stage, signal);
  progress.endModule();
  return [...files, ...copied.map((file) => ({ ...file, like: join(folder, file.name) }))];
}
