import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { badRequest, failure } from '../core/errors';
import { say, verbatim } from '../core/message';
import { PASS_ADAPTER } from '../core/passes';
import { displayName } from '../core/safetensors/displayName';
import { isArithmeticDtype } from '../core/safetensors/dtype';
import { readElements, writeElements } from '../core/safetensors/elements';
import type { TensorInfo } from '../core/safetensors/types';
import { planWrite, type AddedTensor } from '../core/safetensors/writePlan';
import { openByteSource, type ByteSource } from './byteSource';
import { reading } from './ioError';
import { readSafetensorsHeader } from './safetensorsFile';
import { writeSafetensors } from './writeSafetensors';

const NO_TENSORS = { tensors: new Map(), metadata: new Map(), dataStart: 0, fileSize: 0 } as const;

const NO_BYTES = new Uint8Array();

/** Files of a folder, at most: each pass has one for each layer. */
const FILES_MAX = 4096;

export interface PassTensor {
  readonly shape: readonly number[];
  readonly values: Float64Array;
  /** Absent: float64. */
  readonly dtype?: 'F32';
}

/**
 * Writes what was found in one layer into a new file of the folder.
 * @param adapter its open weights, which must not change meanwhile
 * @throws SploraError those of `writeSafetensors`
 */
export async function writePassFile(
  folder: string,
  name: string,
  tensors: ReadonlyMap<string, PassTensor>,
  adapter: { readonly source: ByteSource; readonly sha256: string },
): Promise<void> {
  const added = new Map<string, AddedTensor>();
  for (const [tensor, { shape, values, dtype = 'F64' }] of tensors)
    added.set(tensor, { dtype, shape, bytes: () => writeElements(values, dtype) ?? NO_BYTES });
  const metadata = new Map([[PASS_ADAPTER, adapter.sha256]]);
  const plan = planWrite(NO_TENSORS, () => 'drop', metadata, added);
  await writeSafetensors(adapter.source, plan, join(folder, `${name}.safetensors`));
}

interface Place {
  readonly source: ByteSource;
  readonly info: TensorInfo;
}

/** The files of a folder, open. The caller closes them. */
export class PassFiles {
  private constructor(
    private readonly sources: readonly ByteSource[],
    private readonly places: ReadonlyMap<string, Place>,
  ) {}

  /**
   * @param sha256 of the adapter's weights
   * @throws SploraError `bad-request` for files of another adapter; `io`, `bad-safetensors`
   */
  static async open(folder: string, sha256: string): Promise<PassFiles> {
    const names = await reading(folder, () => readdir(folder));
    const sources: ByteSource[] = [];
    const places = new Map<string, Place>();
    const files = new PassFiles(sources, places);
    try {
      if (names.length > FILES_MAX) throw failure('internal', verbatim('too many files of passes'), folder);
      for (const name of names.sort()) {
        const source = await openByteSource(join(folder, name));
        sources.push(source);
        const { tensors, metadata } = await readSafetensorsHeader(source);
        if (metadata.get(PASS_ADAPTER) !== sha256)
          throw badRequest(
            say('The passes over prompts were made with another adapter'),
            say('Make them again: the adapter has changed since.'),
            source.path,
          );
        for (const info of tensors.values()) places.set(info.name, { source, info });
      }
      return files;
    } catch (thrown) {
      await files.close();
      throw thrown;
    }
  }

  /**
   * Undefined where there is no such tensor.
   * @param shape null: any size
   * @throws SploraError `bad-request` for another shape or numbers that are not finite; `io`
   */
  async read(tensor: string, shape: readonly (number | null)[]): Promise<Float64Array | undefined> {
    const place = this.places.get(tensor);
    if (place === undefined) return undefined;
    const { source, info } = place;
    const isWanted = shape.every((size, at) => size === null || size === info.shape[at]);
    if (!isWanted || info.shape.length !== shape.length || !isArithmeticDtype(info.dtype))
      throw failure('internal', verbatim(`${displayName(tensor)} has another shape`), source.path);
    const bytes = new Uint8Array(info.byteLength);
    await source.readInto(bytes, info.offset);
    const values = readElements(bytes, info.dtype);
    if (values.every(Number.isFinite)) return values;
    throw badRequest(
      say('The model computes NaN or infinity in {0}', displayName(tensor)),
      say('Choose another adapter or model.'),
    );
  }

  async close(): Promise<void> {
    for (const source of this.sources) await source.close();
  }
}
