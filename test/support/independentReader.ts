import 'fake-indexeddb/auto';
import { loadSafeTensor, SafeTensor } from 'safetensors';

/** A `data:` URL of more takes seconds to fetch. */
const MAX_URL_BYTES = 1_000_000;

/**
 * Reads a file with npm `safetensors` 0.0.1: code that shares nothing with ours.
 *
 * It can: find the header by its 8-byte length, parse it with `JSON.parse`, and hand out the bytes of each tensor; it
 * fetches a URL and caches it in IndexedDB (here fake-indexeddb, with a `data:` URL and a stand-in for `window`).
 * It cannot: validate anything, decode elements, read pieces, take a view that does not begin at byte 0, or read a file
 * with `__metadata__` (it asks that entry for `data_offsets`). So the entry is first taken out of the text, and spaces
 * fill its place so that every offset stays.
 */
export async function readIndependently(file: Uint8Array): Promise<SafeTensor> {
  const bytes = withoutMetadata(file);
  if (bytes.length > MAX_URL_BYTES) return new SafeTensor(bytes);
  const page = globalThis as { window?: unknown };
  page.window ??= globalThis;
  const log = console.log;
  console.log = () => undefined; // it prints the whole store when it makes it
  try {
    // It caches by URL: equal bytes are equal files, so that a cached answer is right too.
    return await loadSafeTensor(
      `data:application/octet-stream;base64,${Buffer.from(bytes).toString('base64')}`,
    );
  } finally {
    delete page.window;
    console.log = log;
  }
}

function withoutMetadata(file: Uint8Array): Uint8Array {
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(Buffer.from(file.subarray(8, 8 + length)).toString()) as Record<string, unknown>;
  delete header['__metadata__'];
  const bytes = Uint8Array.from(file);
  bytes.fill(0x20, 8, 8 + length);
  bytes.set(Buffer.from(JSON.stringify(header)), 8);
  return bytes;
}
