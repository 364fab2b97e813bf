import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { formatError, SploraError } from '../../src/core/errors';
import { uniform } from '../support/random';
import { mutate } from './mutate';
import { TARGETS, type FuzzTarget } from './targets';

/** One input must not take longer; of processor time, since on a busy machine a process may stand still for seconds. */
const INPUT_MS_MAX = 1000;
const BATCH = 500;
const KEPT_MAX = 500;
/** Larger ones are tried, but not built upon: memory is what is measured here. */
const KEPT_BYTES_MAX = 8 * 1024;

export interface BatchDone {
  readonly target: string;
  readonly inputs: number;
  /** Inputs that gave an outcome not seen before: they are mutated further. */
  readonly kept: number;
  readonly slowestMs: number;
  readonly peakRssBytes: number;
}

export interface Failure {
  readonly target: string;
  readonly what: string;
  readonly inputBase64: string;
}

export type ChildMessage =
  | { readonly type: 'starting'; readonly target: string; readonly seed: number }
  | { readonly type: 'ready'; readonly rssBytes: number }
  | ({ readonly type: 'batch' } & BatchDone)
  | ({ readonly type: 'failed' } & Failure);

const tell = (message: ChildMessage): void => {
  process.send?.(message);
};

/** One target with what the search has found so far. */
class Search {
  private readonly kept: Uint8Array[];
  private readonly seen = new Set<string>();
  private readonly corpusSize: number;

  constructor(private readonly target: FuzzTarget) {
    const folder = join(import.meta.dirname, 'corpus', target.name);
    this.kept = readdirSync(folder)
      .sort()
      .map((file) => new Uint8Array(readFileSync(join(folder, file))));
    this.corpusSize = this.kept.length;
  }

  async batch(seed: number, firstTime: boolean): Promise<BatchDone> {
    const next = uniform(seed);
    let slowestMs = 0;
    const inputs = firstTime ? [...this.kept] : this.make(seed, next);
    for (const input of inputs) slowestMs = Math.max(slowestMs, await this.one(input));
    return {
      target: this.target.name,
      inputs: inputs.length,
      kept: this.kept.length - this.corpusSize,
      slowestMs,
      peakRssBytes: process.resourceUsage().maxRSS * 1024,
    };
  }

  /** A fifth is made from scratch, the rest by changing what is known. */
  private make(seed: number, next: () => number): Uint8Array[] {
    const size = this.target.batch ?? BATCH;
    const made = fc
      .sample(this.target.structured, { seed, numRuns: size / 5 })
      .map((value) => (typeof value === 'string' ? new TextEncoder().encode(value) : value));
    const pick = (from: readonly Uint8Array[]): Uint8Array =>
      from[Math.floor(next() * from.length)] ?? new Uint8Array();
    const changed = Array.from({ length: size - made.length }, () => {
      const start = next() < 0.2 ? pick(made) : pick(this.kept);
      return mutate(start, pick(this.kept), this.target.words, next);
    });
    return [...made, ...changed];
  }

  private async one(input: Uint8Array): Promise<number> {
    const fail = (what: string): void => {
      tell({
        type: 'failed',
        target: this.target.name,
        what,
        inputBase64: Buffer.from(input).toString('base64'),
      });
    };
    const startedAt = process.cpuUsage();
    let outcome = 'accepted';
    try {
      outcome = (await this.target.run(input)) ?? outcome;
    } catch (error) {
      if (error instanceof SploraError && error.data.code !== 'internal')
        outcome = shapeOf(formatError(error.data));
      else fail(error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
    const { user, system } = process.cpuUsage(startedAt);
    const ms = (user + system) / 1000;
    if (ms > INPUT_MS_MAX) fail(`it took ${ms.toFixed(0)} ms`);
    if (!this.seen.has(outcome)) {
      this.seen.add(outcome);
      if (this.kept.length < KEPT_MAX && input.length <= KEPT_BYTES_MAX) this.kept.push(input.slice());
    }
    return ms;
  }
}

/** A short name for a message without what comes from the input: two of one name come from one place in the code. */
function shapeOf(message: string): string {
  const words = message
    .slice(0, 300)
    .replace(/"(?:[^"\\]|\\.)*"?/g, '"…"')
    .replace(/[^A-Za-z" ]+/g, '#')
    .slice(0, 80);
  // A digest, since a piece of a string keeps the whole of it in memory.
  return createHash('sha256').update(words).digest('base64url').slice(0, 12);
}

async function main(firstSeed: number): Promise<void> {
  const searches = TARGETS.map((target) => new Search(target));
  tell({ type: 'ready', rssBytes: process.resourceUsage().maxRSS * 1024 });
  for (let round = 0; ; round++) {
    for (const [index, search] of searches.entries()) {
      const seed = firstSeed + round * searches.length + index;
      tell({ type: 'starting', target: TARGETS[index]?.name ?? '', seed });
      tell({ type: 'batch', ...(await search.batch(seed, round === 0)) });
      await new Promise((resolve) => setImmediate(resolve)); // messages go out
    }
  }
}

void main(Number(process.argv[2] ?? 1));
