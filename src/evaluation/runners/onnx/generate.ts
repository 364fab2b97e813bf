import { checkCancelled } from '../../../io/ioError';
import { batchSize, pieces } from './batching';
import type { KeyValueCache } from './cache';
import type { AdapterFeeds, DecoderMachine, Gate } from './machine';
import { breathe, type Pace } from './pace';

/** A prompt to be continued. */
export interface GenerationRow {
  readonly prompt: readonly number[];
  readonly gate: Gate;
  /** New tokens, at most. */
  readonly limit: number;
  /** @param all the answer with its end token, if it has one */
  readonly onEnd: (answer: readonly number[], ended: 'stop' | 'length', all: readonly number[]) => void;
}

export interface GenerationOptions {
  readonly machine: DecoderMachine;
  readonly cache: KeyValueCache;
  readonly pace: Pace;
  readonly adapters: AdapterFeeds;
  readonly endTokens: ReadonlySet<number>;
  readonly signal: AbortSignal;
}

interface ActiveRow extends GenerationRow {
  readonly answer: number[];
}

/** Free slots are filled when so many are free: prompts are cheaper together. */
const REFILL_SHARE = 0.25;

/**
 * Continues prompts greedily, all with the same feeds. Rows are the slots of the cache: the first `active.length` are in
 * use. A row that ends leaves its slot to the last one, and others take the free slots while the rest goes on.
 */
export class Generation {
  private readonly active: ActiveRow[] = [];

  constructor(private readonly options: GenerationOptions) {}

  /** @param rows of like lengths one after the other */
  async run(rows: readonly GenerationRow[]): Promise<void> {
    const { cache, signal } = this.options;
    const queue = [...rows];
    let next = 0;
    while (next < queue.length || this.active.length > 0) {
      checkCancelled(signal);
      const free = cache.slots - this.active.length;
      const refill = this.active.length === 0 || free >= cache.slots * REFILL_SHARE;
      if (next < queue.length && free > 0 && refill) next += await this.start(queue, next, free);
      else await this.continueAll();
      await breathe();
    }
  }

  private get stepTokens(): number {
    const { pace, cache } = this.options;
    return Math.min(pace.tokens, cache.tokensMax);
  }

  /** Reads the next prompts of the queue. @returns how many */
  private async start(queue: readonly GenerationRow[], from: number, free: number): Promise<number> {
    const lengths = queue.slice(from, from + free).map(({ prompt }) => prompt.length);
    const count = batchSize(lengths, { rows: free, tokens: this.stepTokens });
    const rows = queue.slice(from, from + count).map((row) => ({ ...row, answer: [] }));
    const slot = this.active.length;
    for (const row of rows) this.active.push(row);
    const [first] = rows;
    if (rows.length === 1 && first !== undefined) await this.readLong(first, slot);
    else
      await this.step(
        slot,
        rows.map(({ prompt }) => prompt),
        rows.map(() => 0),
      );
    this.removeEnded();
    return count;
  }

  /** A prompt in pieces, so that no step takes long. */
  private async readLong(row: ActiveRow, slot: number): Promise<void> {
    const { signal } = this.options;
    const { prompt } = row;
    for (let from = 0; from < prompt.length;) {
      checkCancelled(signal);
      const piece = prompt.slice(from, from + this.stepTokens);
      await this.step(slot, [piece], [from], from + piece.length === prompt.length);
      from += piece.length;
      await breathe();
    }
  }

  private async continueAll(): Promise<void> {
    for (const [from, to] of pieces(this.active.length, this.stepTokens)) {
      checkCancelled(this.options.signal);
      const rows = this.active.slice(from, to);
      await this.step(
        from,
        rows.map(({ answer }) => answer.slice(-1)),
        rows.map(({ prompt, answer }) => prompt.length + answer.length - 1),
      );
      await breathe();
    }
    this.removeEnded();
  }

  /** One run; its rows get their next tokens. */
  private async step(
    slot: number,
    tokens: readonly (readonly number[])[],
    past: readonly number[],
    wanted = true,
  ): Promise<void> {
    const { machine, cache, pace, adapters } = this.options;
    const rows = this.active.slice(slot, slot + tokens.length);
    const longest = tokens.reduce((most, { length }) => Math.max(most, length), 0);
    const { next } = await pace.timed(longest * tokens.length, () =>
      machine.step({
        ...{ cache, slot, tokens, past, adapters },
        gates: rows.map(({ gate }) => gate),
        wanted: tokens.map(({ length }) => (wanted ? [length - 1] : [])),
      }),
    );
    if (wanted) rows.forEach(({ answer }, at) => answer.push(next[at] ?? 0));
  }

  private removeEnded(): void {
    const { active } = this;
    const { cache, endTokens } = this.options;
    for (let slot = active.length - 1; slot >= 0; slot--) {
      const row = active[slot];
      if (row === undefined) continue;
      const { answer, limit, onEnd } = row;
      const stopped = endTokens.has(answer.at(-1) ?? -1);
      if (!stopped && answer.length < limit) continue;
      const last = active.pop();
      if (last !== undefined && last !== row) {
        cache.move(active.length, slot, last.prompt.length + last.answer.length);
        active[slot] = last;
      }
      onEnd(stopped ? answer.slice(0, -1) : answer, stopped ? 'stop' : 'length', answer);
    }
  }
}
