import { readSync, type BigIntStats } from 'node:fs';
import { constants, open, stat, type FileHandle } from 'node:fs/promises';
import { SploraError } from '../core/errors';
import { ioError } from './ioError';
import { say, type Message } from '../core/message';

/** Reads pieces of a file that may be huge, slow or changing. */
export interface ByteSource {
  readonly path: string;
  /** Bytes, when it was opened. */
  readonly size: number;
  /**
   * Fills `target` from byte `position`.
   * @throws SploraError 'io' when the file ends before `target` is full: it shrank after it was opened
   */
  readInto(target: Uint8Array, position: number): Promise<void>;
  /**
   * To be called when all is read and before the result is used.
   * @throws SploraError 'io' when the file was changed or replaced after it was opened
   */
  assertUnchanged(): Promise<void>;
  close(): Promise<void>;
}

export const WAS_REPLACED = say('The file was replaced while it was being read');
export const WAS_CHANGED = say('The file was changed while it was being read');
const CHANGED_ADVICE = say('Wait until whatever writes the file has finished, then try again.');

/**
 * Opens a regular file for reading; symbolic links are followed, pipes and devices refused without waiting on them.
 * @throws SploraError 'not-found' or 'io'
 */
export async function openByteSource(path: string): Promise<ByteSource> {
  let handle: FileHandle | undefined;
  try {
    // Without O_NONBLOCK opening a named pipe would wait for a writer for ever. (Undefined, thus 0, on Windows.)
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const opened = await handle.stat({ bigint: true });
    if (!opened.isFile()) throw notAFile(path, opened);
    return new FileSource(path, handle, opened);
  } catch (thrown) {
    await handle?.close();
    throw ioError(thrown, 'Opening the file failed: {0}', path);
  }
}

/**
 * `ByteSource.readInto` for a file descriptor of a worker thread, which blocks anyway and is faster without promises.
 * @throws SploraError 'io'
 */
export function readIntoSync(fd: number, target: Uint8Array, position: number, path: string): void {
  for (let done = 0; done < target.length;) {
    let read: number;
    try {
      read = readSync(fd, target, done, target.length - done, position + done);
    } catch (thrown) {
      throw ioError(thrown, 'Reading the file failed: {0}', path);
    }
    if (read === 0) throw cutShort(path, position + done);
    done += read;
  }
}

class FileSource implements ByteSource {
  readonly size: number;

  constructor(
    readonly path: string,
    private readonly handle: FileHandle,
    private readonly opened: BigIntStats,
  ) {
    this.size = Number(opened.size);
  }

  async readInto(target: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < target.length;) {
      const read = await this.readSome(target.subarray(done), position + done);
      if (read === 0) throw cutShort(this.path, position + done);
      done += read;
    }
  }

  async assertUnchanged(): Promise<void> {
    let now: BigIntStats;
    try {
      now = await stat(this.path, { bigint: true });
    } catch (thrown) {
      throw ioError(thrown, 'Looking at the file again failed: {0}', this.path);
    }
    const { dev, ino, size, mtimeNs } = this.opened;
    if (now.dev !== dev || now.ino !== ino) throw changed(this.path, WAS_REPLACED);
    if (now.size !== size || now.mtimeNs !== mtimeNs) throw changed(this.path, WAS_CHANGED);
  }

  async close(): Promise<void> {
    await this.handle.close();
  }

  private async readSome(target: Uint8Array, position: number): Promise<number> {
    try {
      return (await this.handle.read(target, 0, target.length, position)).bytesRead;
    } catch (thrown) {
      throw ioError(thrown, 'Reading the file failed: {0}', this.path);
    }
  }
}

/** Refuses what cannot be read by range. */
export function notAFile(path: string, found: BigIntStats): SploraError {
  const kind = found.isDirectory() ? say('a folder') : say('a device or pipe');
  const message = say('The path leads to {0}, not to a file', kind);
  return new SploraError({
    code: 'io',
    message,
    file: path,
    advice: say('Put the file itself in its place.'),
  });
}

function cutShort(path: string, byte: number): SploraError {
  return changed(
    path,
    say('The file became shorter (it now ends at byte {0}) while it was being read', byte),
  );
}

/** The file is not what it was when it was opened. */
export function changed(path: string, message: Message): SploraError {
  return new SploraError({ code: 'io', message, file: path, advice: CHANGED_ADVICE });
}
