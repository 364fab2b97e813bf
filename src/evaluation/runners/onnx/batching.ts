/** Tokens that padding may add to a batch, as a share of what it holds. */
export const PADDING_MAX = 0.2;

export interface BatchLimits {
  readonly rows: number;
  /** Rows times the longest of them. */
  readonly tokens: number;
}

/**
 * How many rows from the start of a queue go into one batch: like lengths, within the limits, at least one.
 * @param lengths of the rows in the queue, ascending or descending
 */
export function batchSize(lengths: readonly number[], { rows, tokens }: BatchLimits): number {
  let sum = 0;
  let longest = 0;
  for (let count = 0; count < lengths.length; count++) {
    const length = lengths[count] ?? 0;
    longest = Math.max(longest, length);
    sum += length;
    const padded = longest * (count + 1);
    if (count >= rows || padded > tokens || padded > sum * (1 + PADDING_MAX)) return Math.max(count, 1);
  }
  return lengths.length;
}

/** Consecutive pieces `[from, to)` of at most `size`. */
export function pieces(length: number, size: number): readonly (readonly [number, number])[] {
  return Array.from({ length: Math.ceil(length / size) }, (_, at) => [
    at * size,
    Math.min((at + 1) * size, length),
  ]);
}
