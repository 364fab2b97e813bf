import { displayName } from '../safetensors/displayName';
import { say, type Message, type MessageValue } from '../message';

/** How many names a "did you mean" offers. */
const NEAR_MISSES_MAX = 3;
/** Names longer than this are not compared letter by letter (the work is quadratic in their length). */
const EDIT_DISTANCE_LENGTH_MAX = 256;
/** Beyond so many names only cheap comparisons are made. */
const EDIT_DISTANCE_NAMES_MAX = 5_000;

/** Last parts of the names of embeddings, in every architecture seen. */
export const EMBEDDING_NAMES = ['embed_tokens', 'wte', 'word_embeddings', 'tok_embeddings', 'embed_in'];
/** And of heads. */
export const HEAD_NAMES: ReadonlySet<string> = new Set(['lm_head', 'embed_out']);

/** Some names for a sentence: the first few, and how many more there are. */
export function quotedList(names: readonly string[], shown = NEAR_MISSES_MAX): MessageValue {
  const list = names
    .slice(0, shown)
    .map((name) => displayName(name))
    .join(', ');
  return names.length > shown ? say('{0} and {1} more', list, names.length - shown) : list;
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57;

function digitsEnd(text: string, start: number): number {
  let end = start;
  while (end < text.length && isDigit(text.charCodeAt(end))) end++;
  return end;
}

/** Numbers of so many digits are exact. */
const EXACT_DIGITS = 15;

/** Compares two runs of digits by value without building a number: they may be of any length. */
function compareDigits(left: string, right: string): number {
  if (left.length <= EXACT_DIGITS && right.length <= EXACT_DIGITS) return Number(left) - Number(right);
  const a = left.replace(/^0+/, '');
  const b = right.replace(/^0+/, '');
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Total order of names in which runs of digits compare by value: layer 2 before layer 10. All else compares
 * by code unit, so that the order is the same in every locale. 0 for identical names only.
 */
export function naturalCompare(left: string, right: string): number {
  let i = 0;
  let j = 0;
  while (i < left.length && j < right.length) {
    const a = left.charCodeAt(i);
    const b = right.charCodeAt(j);
    if (isDigit(a) && isDigit(b)) {
      const iEnd = digitsEnd(left, i);
      const jEnd = digitsEnd(right, j);
      const order = compareDigits(left.slice(i, iEnd), right.slice(j, jEnd));
      if (order !== 0) return order;
      i = iEnd;
      j = jEnd;
    } else if (a !== b) {
      return a - b;
    } else {
      i++;
      j++;
    }
  }
  const rest = left.length - i - (right.length - j);
  if (rest !== 0) return rest;
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Levenshtein distance, one row at a time. */
function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, j) => j);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}

/** Up to three of `candidates` that a user may have meant by `name`: one contains the other, or few letters differ. */
export function nearMisses(name: string, candidates: readonly string[]): string[] {
  const bare = name.trim();
  const contained = candidates.filter(
    (candidate) => bare !== '' && (candidate.includes(bare) || bare.includes(candidate)),
  );
  if (contained.length > 0) return contained.slice(0, NEAR_MISSES_MAX);
  if (bare.length > EDIT_DISTANCE_LENGTH_MAX || candidates.length > EDIT_DISTANCE_NAMES_MAX) return [];
  const allowed = Math.max(2, Math.floor(bare.length / 5));
  return candidates
    .filter((candidate) => Math.abs(candidate.length - bare.length) <= allowed)
    .map((candidate) => ({ candidate, distance: editDistance(bare, candidate) }))
    .filter(({ distance }) => distance <= allowed)
    .sort((a, b) => a.distance - b.distance || naturalCompare(a.candidate, b.candidate))
    .slice(0, NEAR_MISSES_MAX)
    .map(({ candidate }) => candidate);
}

/** The advice for an unknown module name. */
export function didYouMean(name: string, candidates: readonly string[]): Message {
  const near = nearMisses(name, candidates);
  if (near.length > 0) return say('Did you mean {0}?', quotedList(near));
  return say('Use a module name listed by "splora inspect", for example {0}.', quotedList(candidates, 1));
}
