import { closeSync, fstatSync, openSync, readSync, statSync, type BigIntStats } from 'node:fs';
import { constants, open, stat, type FileHandle } from 'node:fs/promises';
import { failure, type SploraError } from '../core/errors';
import { say } from '../core/message';
import { reading, readingSync } from './ioError';

/** Which file is at a path, and its state: equal as long as nobody has replaced or written it. */
export interface FileIdentity {
  readonly path: string;
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
}

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

/** O_NONBLOCK: opening a named pipe would wait for a writer for ever. (Undefined, thus 0, on Windows.) */
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK;
const BIG = { bigint: true } as const;

/**
 * Opens a regular file for reading; symbolic links are followed, pipes and devices refused without waiting on them.
 * @throws SploraError 'not-found' or 'io'
 */
export function openByteSource(path: string): Promise<ByteSource> {
  return reading(path, async () => {
    const handle = await open(path, OPEN_FLAGS);
    try {
      const opened = await handle.stat(BIG);
      if (!opened.isFile()) throw notAFile(path, opened);
      return new FileSource(handle, identityOf(path, opened));
    } catch (thrown) {
      await handle.close();
      throw thrown;
    }
  });
}

class FileSource implements ByteSource {
  readonly path: string;
  readonly size: number;

  constructor(
    private readonly handle: FileHandle,
    private readonly identity: FileIdentity,
  ) {
    this.path = identity.path;
    this.size = Number(identity.size);
  }

  async readInto(target: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < target.length;) {
      const rest = target.length - done;
      const from = position + done;
      const { bytesRead } = await reading(this.path, () => this.handle.read(target, done, rest, from));
      if (bytesRead === 0) throw cutShort(this.path, from);
      done += bytesRead;
    }
  }

  async assertUnchanged(): Promise<void> {
    assertSame(this.identity, await reading(this.path, () => stat(this.path, BIG)));
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}

/** @throws SploraError 'not-found' or 'io' */
export async function identifyFile(path: string): Promise<FileIdentity> {
  return identityOf(path, await reading(path, () => stat(path, BIG)));
}

/** A file that a worker thread reads: it blocks anyway, and is faster without promises. */
export class SyncFile {
  private constructor(
    readonly identity: FileIdentity,
    private readonly descriptor: number,
  ) {}

  /** @throws SploraError 'io' when it is not the file that `expected` describes */
  static open(expected: FileIdentity): SyncFile {
    const { path } = expected;
    return readingSync(path, () => {
      const descriptor = openSync(path, OPEN_FLAGS);
      try {
        const opened = fstatSync(descriptor, BIG);
        if (!opened.isFile()) throw notAFile(path, opened);
        assertSame(expected, opened);
        return new SyncFile(expected, descriptor);
      } catch (thrown) {
        closeSync(descriptor);
        throw thrown;
      }
    });
  }

  /** @throws SploraError 'io', also when the file ends before `target` is full */
  readInto(target: Uint8Array, position: number): void {
    readIntoSync(this.descriptor, target, position, this.identity.path);
  }

  /** As that of `ByteSource`. */
  assertUnchanged(): void {
    const { path } = this.identity;
    assertSame(
      this.identity,
      readingSync(path, () => statSync(path, BIG)),
    );
  }

  close(): void {
    closeSync(this.descriptor);
  }
}

/** `ByteSource.readInto` for a file descriptor. @throws SploraError 'io' */
export function readIntoSync(fd: number, target: Uint8Array, position: number, path: string): void {
  for (let done = 0; done < target.length;) {
    const from = position + done;
    const read = readingSync(path, () => readSync(fd, target, done, target.length - done, from));
    if (read === 0) throw cutShort(path, from);
    done += read;
  }
}

function identityOf(path: string, { dev, ino, size, mtimeNs }: BigIntStats): FileIdentity {
  return { path, dev, ino, size, mtimeNs };
}

const CHANGED_ADVICE = say('Wait until the other program finishes writing the file, then try again.');

function assertSame({ path, dev, ino, size, mtimeNs }: FileIdentity, now: BigIntStats): void {
  if (now.dev !== dev || now.ino !== ino)
    throw failure('io', say('The file was replaced while it was being read'), path, CHANGED_ADVICE);
  if (now.size !== size || now.mtimeNs !== mtimeNs)
    throw failure('io', say('The file was changed while it was being read'), path, CHANGED_ADVICE);
}

function cutShort(path: string, byte: number): SploraError {
  const message = say('The file became shorter (it now ends at byte {0}) while it was being read', byte);
  return failure('io', message, path, CHANGED_ADVICE);
}

function notAFile(path: string, found: BigIntStats): SploraError {
  const kind = found.isDirectory() ? say('a folder') : say('a device or pipe');
  const message = say('The path is {0}, not a file', kind);
  return failure('io', message, path, say('Replace it with the file.'));
}
