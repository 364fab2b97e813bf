/** Words of an n-gram. */
const GRAM = 4;
/** An answer is bounded by the tokens that were asked for; a server may send more. */
const MAX_WORDS = 20_000;

/**
 * Lower-case words: runs of letters, marks, digits and apostrophes, in Unicode's compatibility form, with straight
 * apostrophes. Without what is only layout or punctuation.
 */
export function wordsOf(text: string): readonly string[] {
  const plain = text
    .normalize('NFKC')
    .replace(/[\u2018\u2019\u201b\u02bc\u00b4`]/g, "'")
    .toLowerCase();
  const words: string[] = [];
  for (const [word] of plain.matchAll(/[\p{L}\p{M}\p{N}']+/gu)) {
    if (/[\p{L}\p{N}]/u.test(word)) words.push(word);
    if (words.length === MAX_WORDS) break;
  }
  return words;
}

/** Share of 4-grams of words that were there before, 0 to 1; 0 for fewer than five words. */
export function repetition(text: string): number {
  const words = wordsOf(text);
  const total = words.length - GRAM + 1;
  if (total < 2) return 0;
  const seen = new Set<string>();
  for (let at = 0; at < total; at++) seen.add(words.slice(at, at + GRAM).join(' '));
  return 1 - seen.size / total;
}

/** Undefined without values. */
export function meanOf(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
