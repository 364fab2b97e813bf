import type { MeasureEvent } from '../protocol/evaluatorApi';

type ProgressEvent = Extract<MeasureEvent, { type: 'progress' }>;
type Emit = (event: ProgressEvent) => void;
export type Stage = ProgressEvent['stage'];

/** Ten events a second. */
const MIN_INTERVAL_MS = 100;

/** Progress of one stage, throttled; the last event is always sent. */
export class StageProgress {
  private readonly startedAt = performance.now();
  private lastAt = -Infinity;
  private tokens = 0;
  private done: number;

  /** @param already what an earlier run has finished */
  constructor(
    private readonly stage: Stage,
    private readonly total: number,
    private readonly already: number,
    private readonly emit: Emit,
  ) {
    this.done = already;
    this.report(true);
  }

  step(tokens = 0): void {
    this.done++;
    this.tokens += tokens;
    this.report(this.done === this.total);
  }

  private report(always: boolean): void {
    const now = performance.now();
    if (!always && now - this.lastAt < MIN_INTERVAL_MS) return;
    this.lastAt = now;
    const { stage, done, total, tokens } = this;
    const elapsedMs = now - this.startedAt;
    const steps = done - this.already;
    this.emit({
      ...{ type: 'progress', stage, done, total, elapsedMs },
      tokensPerSecond: elapsedMs > 0 ? (tokens * 1000) / elapsedMs : 0,
      remainingMs: steps === 0 ? null : ((total - done) * elapsedMs) / steps,
    });
  }
}
