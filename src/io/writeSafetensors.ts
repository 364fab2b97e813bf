import { createHash } from 'node:crypto';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { SploraError } from '../core/errors';
import type { WritePlan, WriteSegment } from '../core/safetensors/writePlan';
import type { ByteSource } from './byteSource';
import { checkCancelled, errnoCode, ioError, outputExists } from './ioError';
import { verbatim } from '../core/message';

/** Bytes held in memory at a time; beyond some MB larger pieces are no faster. */
const CHUNK_BYTES = 4 * 1024 * 1024;

interface WriteOptions {
  readonly signal?: AbortSignal;
  /** Told the bytes written so far, after each chunk. */
  readonly onBytes?: (bytesWritten: number) => void;
}

/**
 * Writes a planned file in bounded memory and flushes it to the disk. `target` must not exist; on failure it is removed.
 * @throws SploraError 'io', 'output-exists', 'cancelled'
 */
export async function writeSafetensors(
  source: ByteSource,
  plan: WritePlan,
  target: string,
  options: WriteOptions = {},
): Promise<void> {
  checkCancelled(options.signal);
  const handle = await openNew(target);
  let complete = false;
  try {
    await writeAll(source, plan, handle, options);
    await source.assertUnchanged();
    await handle.sync();
    complete = true;
  } catch (thrown) {
    throw ioError(thrown, 'Writing the file failed: {0}', target);
  } finally {
    await handle.close();
    if (!complete) await rm(target, { force: true });
  }
}

/** SHA-256 of the whole file, lower-case hexadecimal. */
export async function hashSource(
  source: ByteSource,
  options: { readonly signal?: AbortSignal } = {},
): Promise<string> {
  const hash = createHash('sha256');
  const buffer = new Uint8Array(Math.min(CHUNK_BYTES, source.size));
  for (let at = 0; at < source.size; at += buffer.length) {
    checkCancelled(options.signal);
    const piece = buffer.subarray(0, Math.min(buffer.length, source.size - at));
    await source.readInto(piece, at);
    hash.update(piece);
  }
  return hash.digest('hex');
}

async function openNew(target: string): Promise<FileHandle> {
  try {
    return await open(target, 'wx');
  } catch (thrown) {
    if (errnoCode(thrown) === 'EEXIST') throw outputExists(target);
    throw ioError(thrown, 'Creating the file failed: {0}', target);
  }
}

async function writeAll(
  source: ByteSource,
  plan: WritePlan,
  handle: FileHandle,
  { signal, onBytes }: WriteOptions,
): Promise<void> {
  let bytes = 0;
  for await (const piece of pieces(source, plan)) {
    checkCancelled(signal);
    // A full disk shows as a short write first: the rest then fails with ENOSPC.
    for (let done = 0; done < piece.length;) {
      done += (await handle.write(piece, done, piece.length - done)).bytesWritten;
    }
    bytes += piece.length;
    onBytes?.(bytes);
  }
}

/** The file's bytes in pieces of at most `CHUNK_BYTES`; a piece is only valid until the next is asked for. */
async function* pieces(source: ByteSource, plan: WritePlan): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(CHUNK_BYTES);
  yield plan.headerBytes;
  for (const segment of plan.segments) {
    const bytes = segment.kind === 'transform' ? await transformed(source, segment) : undefined;
    for (let at = 0; at < segment.byteLength; at += CHUNK_BYTES) {
      const length = Math.min(CHUNK_BYTES, segment.byteLength - at);
      const piece = bytes?.subarray(at, at + length) ?? buffer.subarray(0, length);
      if (segment.kind === 'zeros') piece.fill(0);
      else if (segment.kind === 'copy') await source.readInto(piece, segment.offset + at);
      yield piece;
    }
  }
}

/** @throws SploraError 'internal' when the bytes that were made are not as many as were planned */
async function transformed(
  source: ByteSource,
  { name, offset, sourceLength, byteLength, transform }: Extract<WriteSegment, { kind: 'transform' }>,
): Promise<Uint8Array> {
  const read = new Uint8Array(sourceLength);
  await source.readInto(read, offset);
  const bytes = transform(read);
  if (bytes.length === byteLength) return bytes;
  const message = verbatim(`A transformed tensor has ${bytes.length} bytes, not ${byteLength}`);
  throw new SploraError({ code: 'internal', message, tensor: name });
}
