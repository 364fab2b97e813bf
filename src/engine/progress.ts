import type { ProgressEvent } from '../protocol/engineApi';

/** Ten events a second are as many as a person can read. */
const MIN_INTERVAL_MS = 100;

/** Counts what a job has done and tells it, not too often, but always the last word. */
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
    this.tell();
  }

  addBytes(bytes: number): void {
    this.bytesDone += bytes;
    this.tell();
  }

  /** For a job whose threads count their bytes themselves. */
  setBytes(bytes: number): void {
    this.bytesDone = bytes;
    this.tell();
  }

  endModule(): void {
    this.modulesDone++;
    this.tell(this.modulesDone === this.modulesTotal);
  }

  private tell(always = false): void {
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
