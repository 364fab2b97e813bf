/** Does the code point belong to the set? */
export type CharTest = (codePoint: number) => boolean;

/** A set of characters, and what one look-up costs in steps of the matcher. */
export interface CharSet {
  readonly test: CharTest;
  readonly cost: number;
}

/** Code points from the first to the second, both included. */
export type CharRange = readonly [number, number];

const ASCII_SIZE = 128;

const ofClass = (pattern: RegExp): CharTest => {
  const answer: CharTest = (codePoint) => pattern.test(String.fromCodePoint(codePoint));
  const ascii = Array.from({ length: ASCII_SIZE }, (_, codePoint) => answer(codePoint));
  return (codePoint) => ascii[codePoint] ?? answer(codePoint);
};
const not =
  (test: CharTest): CharTest =>
  (codePoint) =>
    !test(codePoint);
/** Python's `\w` for texts: letters, numbers of any script, underscore. */
export const isWord = ofClass(/^[\p{L}\p{N}_]$/u);
const isDigit = ofClass(/^\p{Nd}$/u);
const isSpace = ofClass(/^\s$/u);
/** Classes by the letter that follows the backslash. */
export const CLASSES: ReadonlyMap<string, CharTest> = new Map([
  ['d', isDigit],
  ['D', not(isDigit)],
  ['s', isSpace],
  ['S', not(isSpace)],
  ['w', isWord],
  ['W', not(isWord)],
]);

/** Asking a class about a character beyond ASCII costs about as much as so many steps. */
const CLASS_COST = 2;

/** A class by itself. */
export function classSet(test: CharTest): CharSet {
  return { test, cost: CLASS_COST };
}

/** What stands between brackets. Ranges are merged and classes taken once, so that no look-up is dearer than its cost. */
export function charSet(
  ranges: readonly CharRange[],
  classes: ReadonlySet<CharTest>,
  negated: boolean,
): CharSet {
  const [lows, highs] = merged(ranges);
  const tests = [...classes];
  const test: CharTest = (codePoint) => {
    const at = lastAtMost(lows, codePoint);
    return (at >= 0 && codePoint <= (highs[at] ?? -1)) || tests.some((one) => one(codePoint));
  };
  const cost = 1 + CLASS_COST * tests.length + (Math.log2(lows.length + 1) >> 2);
  return { test: negated ? not(test) : test, cost };
}

/** First and last code points of the same set in ascending ranges that do not overlap. */
function merged(ranges: readonly CharRange[]): [number[], number[]] {
  const [lows, highs]: [number[], number[]] = [[], []];
  for (const [low, high] of [...ranges].sort(([left], [right]) => left - right)) {
    const last = highs.length - 1;
    const end = highs[last];
    if (end !== undefined && low <= end + 1) highs[last] = Math.max(end, high);
    else {
      lows.push(low);
      highs.push(high);
    }
  }
  return [lows, highs];
}

/** Place of the last number that is not above `value`; -1: all are. */
function lastAtMost(ascending: readonly number[], value: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? Infinity) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
