import { METADATA_KEY } from '../core/provenance';
import { isRecord } from '../core/record';
import { LENGTH_BYTES } from '../core/safetensors/header';
import { openByteSource } from './byteSource';

/** Headers of larger files are left to the engine: a list of adapters asks for many. */
const HEADER_BYTES_MAX = 1 << 20;

/**
 * The record of the repair that made a weights file, unchecked JSON text; undefined for a file that has none, is no
 * safetensors file, or has a very long header.
 * @throws SploraError 'not-found' or 'io'
 */
export async function readRepairRecord(weightsFile: string): Promise<string | undefined> {
  const source = await openByteSource(weightsFile);
  try {
    if (source.size < LENGTH_BYTES) return undefined;
    const length = new Uint8Array(LENGTH_BYTES);
    await source.readInto(length, 0);
    const size = Number(new DataView(length.buffer).getBigUint64(0, true));
    if (size > HEADER_BYTES_MAX || LENGTH_BYTES + size > source.size) return undefined;
    const header = new Uint8Array(size);
    await source.readInto(header, LENGTH_BYTES);
    return recordIn(new TextDecoder().decode(header));
  } finally {
    await source.close();
  }
}

function recordIn(header: string): string | undefined {
  // Most files were not repaired: they are not parsed.
  if (!header.includes(JSON.stringify(METADATA_KEY))) return undefined;
  try {
    const parsed: unknown = JSON.parse(header);
    const metadata = isRecord(parsed) ? parsed['__metadata__'] : undefined;
    const record = isRecord(metadata) ? metadata[METADATA_KEY] : undefined;
    return typeof record === 'string' ? record : undefined;
  } catch {
    // The engine says what is wrong with a file.
    return undefined;
  }
}
