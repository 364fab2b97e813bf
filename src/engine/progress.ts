import type { ProgressEvent } from '../protocol/engineApi';

/** Ten events a second. */
const MIN_INTERVAL_MS = 100;

/** Throttles progress events; the last one is always sent. */
export class Progress {
  private readonly startedAt = performance.now();
  private lastAt = -Infinity;
  private module = '';
  private modulesDone = 0;
  private bytesDone = 0;

  constructor(
    private readonly modulesTotal: number,
    private readonly bytesTotal: number,
    private readonly emit: (event: ProgressEvent) => void,
  ) {}

  startModule(module: string): void {
    this.module = module;
    this.report();
  }

  /** So far. */
  setBytes(bytes: number): void {
    // Several results of one module take several passes.
    this.bytesDone = Math.min(bytes, this.bytesTotal);
    this.report();
  }

  endModule(): void {
    this.modulesDone++;
    this.report(this.modulesDone === this.modulesTotal);
  }

  private report(always = false): void {
    const now = performance.now();
    if (!always && now - this.lastAt < MIN_INTERVAL_MS) return;
    this.lastAt = now;
    this.emit({
      type: 'progress',
      module: this.module,
      modulesDone: this.modulesDone,
      modulesTotal: this.modulesTotal,
      bytesDone: this.bytesDone,
      bytesTotal: this.bytesTotal,
      elapsedMs: now - this.startedAt,
    });
  }
}
