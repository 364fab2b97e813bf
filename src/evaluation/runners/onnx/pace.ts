/**
 * A step should take about this long: progress is reported in between, and other calls are answered. A cancel need not wait for
 * it: see `startEvaluator`.
 */
const STEP_MS = 500;
/**
 * Fewer tokens waste most of what reading and converting the weights costs, whatever the time: 32 at once take 2.4 times
 * the processor time of 192, 64 take 1.7 times.
 */
const STEP_TOKENS_MIN = 128;
/** 512 gain 3 % more, and cost memory. */
export const STEP_TOKENS_MAX = 256;
/** Until a step was timed. */
const FIRST_STEP_TOKENS = STEP_TOKENS_MIN;
/** Weight of the latest step in the moving average. */
const LATEST = 0.4;

/** How many tokens a step may have, as measured on the steps before. */
export class Pace {
  private tokensPerMs: number | undefined;

  /** @param msNow a clock in milliseconds */
  constructor(private readonly msNow: () => number = () => performance.now()) {}

  get tokens(): number {
    if (this.tokensPerMs === undefined) return FIRST_STEP_TOKENS;
    const fitting = Math.floor(this.tokensPerMs * STEP_MS);
    return Math.min(Math.max(fitting, STEP_TOKENS_MIN), STEP_TOKENS_MAX);
  }

  /** Times a step of so many tokens. */
  async timed<T>(tokens: number, work: () => Promise<T>): Promise<T> {
    const start = this.msNow();
    const result = await work();
    const rate = tokens / Math.max(this.msNow() - start, 0.01);
    const { tokensPerMs: before } = this;
    this.tokensPerMs = before === undefined ? rate : before + LATEST * (rate - before);
    return result;
  }
}

/** Lets messages in, a cancel among them: a run blocks the thread, and its promise is no turn of the event loop. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
