import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { MAX_CONFIG_BYTES, parseModelConfigText } from '../../../core/checkpoint/modelConfig';
import type { Checkpoint } from '../../../core/checkpoint/types';
import { say } from '../../../core/message';
import { fileInFolder, listFolder, readSmallFile } from '../../../io/folderFiles';
import { reading } from '../../../io/ioError';
import { openCheckpoint } from '../../../io/openCheckpoint';
import type { Decoder } from './decoder';
import { readDecoder } from './families';
import { ConfigReader } from './families/config';
import { declineModel } from './families/decline';
import { weightPlaces, type WeightPlaces } from './weights';

/** A model on disk whose computation is known; no weights are read. */
export interface KnownModel {
  readonly checkpoint: Checkpoint;
  /** Absolute. */
  readonly folder: string;
  readonly decoder: Decoder;
  readonly places: WeightPlaces;
}

const HEADS = ['lm_head.weight', 'embed_out.weight'];

/**
 * @param spec a folder, a file, or a Hugging Face repo id in the local cache
 * @throws SploraError those of `openCheckpoint`, 'bad-config', 'unsupported-checkpoint' for what is not known
 */
export async function openModel(spec: string): Promise<KnownModel> {
  const checkpoint = await openCheckpoint(spec);
  const { path } = checkpoint;
  const isFolder = (await reading(path, () => stat(path))).isDirectory();
  const folder = isFolder ? path : dirname(path);
  const places = await weightPlaces(checkpoint);
  const config = await readConfig(folder);
  const decoder = readDecoder(
    config,
    HEADS.some((name) => places.has(name)),
  );
  return { checkpoint, folder, decoder, places };
}

async function readConfig(folder: string): Promise<ConfigReader> {
  const file = join(folder, 'config.json');
  const json = (await listFolder(folder)).includes('config.json')
    ? await readSmallFile(await fileInFolder(folder, 'config.json'), MAX_CONFIG_BYTES)
    : undefined;
  if (json === undefined) throw declineModel(folder, say('The model has no config.json'));
  return new ConfigReader(file, parseModelConfigText(new TextDecoder().decode(json), file));
}
