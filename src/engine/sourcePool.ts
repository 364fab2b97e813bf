import { openByteSource, type ByteSource } from '../io/byteSource';

/** More open shards than this are not kept: file handles are few on some systems. */
const MAX_OPEN = 16;

/** Files that a job reads from, opened on first use and closed together. */
export class SourcePool {
  private readonly sources = new Map<string, Promise<ByteSource>>();
  private read = 0;

  /** All bytes read so far, second looks included. */
  get bytesRead(): number {
    return this.read;
  }

  /** Fills `target` from `position` of the file. */
  async readInto(file: string, target: Uint8Array, position: number): Promise<void> {
    const source = await this.open(file);
    await source.readInto(target, position);
    this.read += target.byteLength;
  }

  /** The file that was opened first is closed when there are too many. */
  private async open(file: string): Promise<ByteSource> {
    const known = this.sources.get(file);
    if (known !== undefined) return await known;
    const oldest = this.sources.keys().next();
    if (this.sources.size >= MAX_OPEN && oldest.done !== true) await this.closeOne(oldest.value);
    const opening = openByteSource(file);
    this.sources.set(file, opening);
    return await opening;
  }

  async close(): Promise<void> {
    await Promise.all([...this.sources.keys()].map((file) => this.closeOne(file)));
  }

  private async closeOne(file: string): Promise<void> {
    const opening = this.sources.get(file);
    this.sources.delete(file);
    // A file that failed to open has told its reader; there is nothing to close.
    const source = await opening?.catch(() => undefined);
    await source?.close();
  }
}
