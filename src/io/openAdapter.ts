import { CONFIG_BYTES_MAX } from '../core/adapter/configText';
import { readLooseAdapter, type LooseAdapter } from '../core/adapter/looseAdapter';
import { readAdapter, type AdapterInput } from '../core/adapter/readAdapter';
import type { Adapter } from '../core/adapter/types';
import { failure, type SploraError } from '../core/errors';
import type { SafetensorsHeader } from '../core/safetensors/types';
import { findAdapterFiles, type AdapterFiles, type Wanted } from './adapterFiles';
import { openByteSource, type ByteSource } from './byteSource';
import { readSafetensorsHeader } from './safetensorsFile';
import { readTorchHeader } from './torchFile';
import { say, type Message } from '../core/message';

/** An adapter and the open file of its weights. The caller closes `source`. */
export interface OpenedAdapter {
  readonly adapter: Adapter;
  readonly source: ByteSource;
}

/** A weights file of which only the header is read yet; what it is, `read` says or refuses. */
export interface OpenedWeights {
  readonly files: AdapterFiles;
  readonly header: SafetensorsHeader;
  readonly source: ByteSource;
}

/**
 * Opens an adapter by its folder, its adapter_config.json or a .safetensors file.
 * Errors: those of `findAdapterFiles`, `readSafetensorsHeader` (`lfs-pointer`, `bad-safetensors`) and `readAdapter`.
 */
export async function openAdapter(path: string): Promise<OpenedAdapter> {
  const opened = await openAdapterWeights(path);
  try {
    return { adapter: await readOpened(opened), source: opened.source };
  } catch (error) {
    await opened.source.close();
    throw error;
  }
}

/** Finds and opens the weights file and reads its header. The caller closes `source`. */
export async function openAdapterWeights(path: string, wanted?: Wanted): Promise<OpenedWeights> {
  const files = await findAdapterFiles(path, wanted);
  const source = await openByteSource(files.weightsFile);
  try {
    const read = files.weightsFile.endsWith('.bin') ? readTorchHeader : readSafetensorsHeader;
    return { files, source, header: await read(source) };
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** Reads the config beside opened weights, and what both together say. */
export async function readOpened(opened: OpenedWeights): Promise<Adapter> {
  const adapter = readAdapter(await inputOf(opened));
  return { ...adapter, notes: [...opened.files.notes, ...adapter.notes] };
}

/** As `readOpened`, for the load check: what loaders read past is data. */
export async function readOpenedLoosely(opened: OpenedWeights): Promise<LooseAdapter> {
  return readLooseAdapter(await inputOf(opened));
}

async function inputOf({ files, header }: OpenedWeights): Promise<AdapterInput> {
  const { weightsFile, configFile } = files;
  const config = configFile === undefined ? {} : { configFile, configText: await readConfigText(configFile) };
  return { weightsFile, header, ...config };
}

/** The text of a config: at most `CONFIG_BYTES_MAX` bytes of strict UTF-8. */
async function readConfigText(file: string): Promise<string> {
  const bad = (message: Message): SploraError =>
    failure('bad-config', message, file, say("Get the file from the adapter's source again."));
  const source = await openByteSource(file);
  try {
    if (source.size > CONFIG_BYTES_MAX)
      throw bad(say('adapter_config.json is larger than {0} bytes', CONFIG_BYTES_MAX));
    const bytes = new Uint8Array(source.size);
    await source.readInto(bytes, 0);
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (thrown) {
    throw thrown instanceof TypeError ? bad(say('adapter_config.json is not UTF-8 text')) : thrown;
  } finally {
    await source.close();
  }
}
