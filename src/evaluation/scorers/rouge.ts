import { wordsOf } from './reliability';

/** The table of both texts has the square of this as its size. */
const MAX_WORDS = 2000;

/**
 * F-measure of the longest common subsequence of words; 1 for two texts without words.
 * Source: Lin 2004, ROUGE-L, with beta = 1.
 */
export function rougeL(answer: string, reference: string): number {
  const [left, right] = [wordsOf(answer).slice(0, MAX_WORDS), wordsOf(reference).slice(0, MAX_WORDS)];
  if (left.length + right.length === 0) return 1;
  return (2 * commonLength(left, right)) / (left.length + right.length);
}

function commonLength(left: readonly string[], right: readonly string[]): number {
  let row = new Uint16Array(right.length + 1);
  for (const word of left) {
    const next = new Uint16Array(right.length + 1);
    for (const [at, other] of right.entries()) {
      const same = word === other;
      next[at + 1] = same ? (row[at] ?? 0) + 1 : Math.max(row[at + 1] ?? 0, next[at] ?? 0);
    }
    row = next;
  }
  return row[right.length] ?? 0;
}
