import { checkCancelled } from '../io/ioError';

/** A cancel is to be heard in 200 ms. */
const TURN_MS = 50;

/** Lets messages in, a cancel among them, while a long loop runs: `if (turns.isDue()) await turns.next();`. */
export class LoopTurns {
  #since = performance.now();

  constructor(private readonly signal: AbortSignal | undefined) {}

  isDue(): boolean {
    return performance.now() - this.#since > TURN_MS;
  }

  /** @throws SploraError 'cancelled' */
  async next(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    checkCancelled(this.signal);
    this.#since = performance.now();
  }
}
