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
  // On first use: the window loads this file, and compiling \p{L} takes milliseconds.
  let ascii: readonly boolean[] | undefined;
  const table = (): readonly boolean[] =>
    Array.from({ length: ASCII_SIZE }, (_, codePoint) => answer(codePoint));
  return (codePoint) => (ascii ??= table())[codePoint] ?? answer(codePoint);
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

export function classSet(test: CharTest): CharSet {
  return { test, cost: CLASS_COST };
}

/** So many ranges are compared in the time of one step. */
const RANGES_PER_STEP = 4;

/** What is between brackets. */
export function charSet(
  ranges: readonly CharRange[],
  classes: ReadonlySet<CharTest>,
  negated: boolean,
): CharSet {
  const tests = [...classes];
  const test: CharTest = (codePoint) =>
    ranges.some(([low, high]) => codePoint >= low && codePoint <= high) ||
    tests.some((one) => one(codePoint));
  const cost = 1 + CLASS_COST * tests.length + Math.floor(ranges.length / RANGES_PER_STEP);
  return { test: negated ? not(test) : test, cost };
}
