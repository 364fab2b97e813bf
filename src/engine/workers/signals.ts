import { cancelled } from '../../core/errors';

/** A job's cancel flag and counters in shared memory, so that no message is sent per tile. */
export class JobSignals {
  private readonly counters: BigInt64Array<SharedArrayBuffer>;

  constructor(readonly buffer: SharedArrayBuffer = new SharedArrayBuffer(3 * 8)) {
    this.counters = new BigInt64Array(buffer);
  }

  cancel(): void {
    Atomics.store(this.counters, 0, 1n);
  }

  /** Must be called every few milliseconds. @throws SploraError 'cancelled' */
  throwIfCancelled(): void {
    if (Atomics.load(this.counters, 0) !== 0n) throw cancelled();
  }

  /** @param first whether the bytes were read for the first time and count as progress */
  addBytes(bytes: number, first: boolean): void {
    Atomics.add(this.counters, 1, BigInt(bytes));
    if (first) Atomics.add(this.counters, 2, BigInt(bytes));
  }

  /** Weight bytes read so far, second passes included. */
  get bytesRead(): number {
    return Number(Atomics.load(this.counters, 1));
  }

  /** Weight bytes read so far, each counted once. */
  get bytesDone(): number {
    return Number(Atomics.load(this.counters, 2));
  }
}
