import { cancelled } from '../../core/errors';

/** Counters of a job in memory that all threads share: no message is sent for a tile. */
export class JobSignals {
  private readonly counters: BigInt64Array<SharedArrayBuffer>;

  constructor(readonly buffer: SharedArrayBuffer = new SharedArrayBuffer(3 * 8)) {
    this.counters = new BigInt64Array(buffer);
  }

  cancel(): void {
    Atomics.store(this.counters, 0, 1n);
  }

  /** @throws SploraError 'cancelled'. To be called every few milliseconds of work. */
  throwIfCancelled(): void {
    if (Atomics.load(this.counters, 0) !== 0n) throw cancelled();
  }

  /** @param first these bytes were read for the first time: they count for progress */
  addBytes(bytes: number, first: boolean): void {
    Atomics.add(this.counters, 1, BigInt(bytes));
    if (first) Atomics.add(this.counters, 2, BigInt(bytes));
  }

  /** Weight bytes read so far, second looks included. */
  get bytesRead(): number {
    return Number(Atomics.load(this.counters, 1));
  }

  /** Weight bytes looked at, each once. */
  get bytesDone(): number {
    return Number(Atomics.load(this.counters, 2));
  }
}
