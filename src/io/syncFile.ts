import { closeSync, constants, fstatSync, openSync, statSync, type BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { changed, notAFile, readIntoSync, WAS_CHANGED, WAS_REPLACED } from './byteSource';
import { ioError } from './ioError';

/** Which file lies at a path, and its state: equal as long as nobody has replaced or written it. */
export interface FileIdentity {
  readonly path: string;
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
}

/** @throws SploraError 'not-found' or 'io' */
export async function identifyFile(path: string): Promise<FileIdentity> {
  try {
    return identityOf(path, await stat(path, { bigint: true }));
  } catch (thrown) {
    throw ioError(thrown, 'Looking at the file failed: {0}', path);
  }
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
    let descriptor: number;
    try {
      // O_NONBLOCK: opening a named pipe would wait for a writer. (Undefined, thus 0, on Windows.)
      descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    } catch (thrown) {
      throw ioError(thrown, 'Opening the file failed: {0}', path);
    }
    const file = new SyncFile(expected, descriptor);
    try {
      const opened = fstatSync(descriptor, { bigint: true });
      if (!opened.isFile()) throw notAFile(path, opened);
      assertSame(expected, opened);
      return file;
    } catch (thrown) {
      file.close();
      throw ioError(thrown, 'Opening the file failed: {0}', path);
    }
  }

  /** @throws SploraError 'io', also when the file ends before `target` is full */
  readInto(target: Uint8Array, position: number): void {
    readIntoSync(this.descriptor, target, position, this.identity.path);
  }

  /**
   * To be called when all is read and before the result is used.
   * @throws SploraError 'io' when the file was changed or replaced after it was first seen
   */
  assertUnchanged(): void {
    let now: BigIntStats;
    try {
      now = statSync(this.identity.path, { bigint: true });
    } catch (thrown) {
      throw ioError(thrown, 'Looking at the file again failed: {0}', this.identity.path);
    }
    assertSame(this.identity, now);
  }

  close(): void {
    closeSync(this.descriptor);
  }
}

function identityOf(path: string, { dev, ino, size, mtimeNs }: BigIntStats): FileIdentity {
  return { path, dev, ino, size, mtimeNs };
}

function assertSame({ path, dev, ino, size, mtimeNs }: FileIdentity, now: BigIntStats): void {
  if (now.dev !== dev || now.ino !== ino) throw changed(path, WAS_REPLACED);
  if (now.size !== size || now.mtimeNs !== mtimeNs) throw changed(path, WAS_CHANGED);
}
