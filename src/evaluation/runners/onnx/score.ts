import { checkCancelled } from '../../../io/ioError';
import { batchSize, pieces } from './batching';
import type { KeyValueCache } from './cache';
import type { AdapterFeeds, DecoderMachine, Gate } from './machine';
import { breathe, type Pace } from './pace';

/** Tokens after a prompt whose log-probabilities are asked for. */
export interface ScoreRow {
  readonly prompt: readonly number[];
  readonly continuation: readonly number[];
  readonly gate: Gate;
  readonly onScore: (logProbabilities: readonly number[], isTop: readonly boolean[]) => void;
}

export interface ScoreOptions {
  readonly machine: DecoderMachine;
  readonly cache: KeyValueCache;
  readonly pace: Pace;
  readonly adapters: AdapterFeeds;
  /** Scored positions of a step, at most: each takes memory for the whole vocabulary. */
  readonly positions: number;
  readonly signal: AbortSignal;
}

/** Scores continuations, all with the same feeds. @param rows of like lengths one after the other */
export async function scoreAll(rows: readonly ScoreRow[], options: ScoreOptions): Promise<void> {
  const { cache, pace, positions, signal } = options;
  for (let next = 0; next < rows.length;) {
    checkCancelled(signal);
    const ahead = rows.slice(next, next + cache.slots);
    const lengths = ahead.map((row) => inputOf(row).length);
    const fitting = batchSize(lengths, { rows: cache.slots, tokens: Math.min(pace.tokens, cache.tokensMax) });
    const count = fittingPositions(ahead.slice(0, fitting), positions);
    const batch = ahead.slice(0, count);
    const [first] = batch;
    if (first !== undefined && batch.length === 1) await scoreLong(first, options);
    else await scoreBatch(batch, options);
    next += count;
    await breathe();
  }
}

/** The last token is only predicted. */
const inputOf = ({ prompt, continuation }: ScoreRow): number[] => [...prompt, ...continuation.slice(0, -1)];

function fittingPositions(rows: readonly ScoreRow[], most: number): number {
  let sum = 0;
  for (const [count, { continuation }] of rows.entries()) {
    sum += continuation.length;
    if (sum > most) return Math.max(count, 1);
  }
  return rows.length;
}

async function scoreBatch(rows: readonly ScoreRow[], options: ScoreOptions): Promise<void> {
  const { machine, cache, pace, adapters } = options;
  const tokens = rows.map(inputOf);
  const longest = tokens.reduce((most, { length }) => Math.max(most, length), 0);
  const targets = rows.flatMap(({ continuation }) => continuation);
  const { next, logProbabilities } = await pace.timed(longest * rows.length, () =>
    machine.step({
      ...{ cache, slot: 0, tokens, past: rows.map(() => 0), adapters, targets },
      gates: rows.map(({ gate }) => gate),
      wanted: rows.map(({ prompt, continuation }) => continuation.map((_, at) => prompt.length - 1 + at)),
    }),
  );
  let from = 0;
  for (const { continuation, onScore } of rows) {
    const to = from + continuation.length;
    onScore(
      Array.from(logProbabilities.subarray(from, to)),
      continuation.map((target, at) => next[from + at] === target),
    );
    from = to;
  }
}

/** One row in pieces, so that no step takes long. */
async function scoreLong(row: ScoreRow, options: ScoreOptions): Promise<void> {
  const { machine, cache, pace, adapters, positions, signal } = options;
  const { prompt, continuation, gate, onScore } = row;
  const input = inputOf(row);
  const all: number[] = [];
  const isTop: boolean[] = [];
  for (const [from, to] of pieces(input.length, Math.min(pace.tokens, positions, cache.tokensMax))) {
    checkCancelled(signal);
    const piece = input.slice(from, to);
    // Position `prompt.length - 1 + i` predicts token i of the continuation.
    const start = Math.max(from, prompt.length - 1);
    const wanted = Array.from({ length: Math.max(0, to - start) }, (_, at) => start - from + at);
    const targets = wanted.map((at) => continuation[from + at - prompt.length + 1] ?? 0);
    const { next, logProbabilities } = await pace.timed(piece.length, () =>
      machine.step({
        ...{ cache, slot: 0, tokens: [piece], past: [from], adapters, targets },
        ...{ gates: [gate], wanted: [wanted] },
      }),
    );
    targets.forEach((target, at) => {
      all.push(logProbabilities[at] ?? NaN);
      isTop.push(next[at] === target);
    });
    await breathe();
  }
  onScore(all, isTop);
}
