import { SyncFile, type FileIdentity } from '../../io/byteSource';

/** Per thread; well below the limits of operating systems. */
const MAX_OPEN = 8;

/** An LRU cache of open files. */
export class OpenFiles {
  private readonly files = new Map<string, SyncFile>();

  /** @throws SploraError 'io' if the file has changed */
  get(expected: FileIdentity): SyncFile {
    const known = this.files.get(expected.path);
    this.files.delete(expected.path);
    if (known !== undefined && same(known.identity, expected)) {
      this.files.set(expected.path, known);
      return known;
    }
    known?.close();
    const [oldest] = this.files;
    if (this.files.size >= MAX_OPEN && oldest !== undefined) this.close(...oldest);
    const file = SyncFile.open(expected);
    this.files.set(expected.path, file);
    return file;
  }

  closeAll(): void {
    for (const entry of this.files) this.close(...entry);
  }

  private close(path: string, file: SyncFile): void {
    this.files.delete(path);
    file.close();
  }
}

function same(left: FileIdentity, right: FileIdentity): boolean {
  return (
    left.dev === right.dev &&
    left.ino === right.ino &&
    left.size === right.size &&
    left.mtimeNs === right.mtimeNs
  );
}
