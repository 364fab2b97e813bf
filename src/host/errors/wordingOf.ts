import type { Wording } from '../../core/errors';
import { ENGINE_TEXTS } from './engineTexts';

/** A text with places, as what stands between them: `before {0}` is `['before ', '']`. */
interface Pattern {
  readonly text: string;
  readonly literals: readonly string[];
}

const literalsOf = (text: string): string[] => text.split(/\{\d+\}/);
const literalLength = ({ literals }: Pattern): number => literals.join('').length;

/**
 * Of several texts that fit a sentence the first is taken: the one that says most of it. Made when the first sentence
 * comes, which takes a millisecond that no activation has to wait for.
 */
let patterns: readonly Pattern[] | undefined;

function makePatterns(): readonly Pattern[] {
  return [...ENGINE_TEXTS]
    .map((text) => ({ text, literals: literalsOf(text) }))
    .filter(({ literals }) => literals.length > 1)
    .sort((left, right) => literalLength(right) - literalLength(left));
}

/**
 * The fixed text that a sentence of the engine was made from, and what stands in its places. Documents hold sentences
 * as plain text (their schema is public, and stored ones are read again); this finds what `say` was given.
 * @returns undefined for a sentence that is none of ours
 */
export function wordingOf(sentence: string): Wording | undefined {
  if (ENGINE_TEXTS.has(sentence)) return { text: sentence, values: [] };
  patterns ??= makePatterns();
  for (const { text, literals } of patterns) {
    const values = valuesBetween(literals, sentence);
    if (values !== undefined) return { text, values };
  }
  return undefined;
}

/** What stands between the literals, each taken as early as can be. Linear: names in sentences are hostile. */
function valuesBetween(literals: readonly string[], sentence: string): string[] | undefined {
  const [first = '', ...middle] = literals;
  const last = middle.pop() ?? '';
  const end = sentence.length - last.length;
  if (end < first.length || !sentence.startsWith(first) || !sentence.endsWith(last)) return undefined;
  const values: string[] = [];
  let at = first.length;
  for (const literal of middle) {
    const next = sentence.indexOf(literal, at);
    if (next === -1 || next + literal.length > end) return undefined;
    values.push(sentence.slice(at, next));
    at = next + literal.length;
  }
  return [...values, sentence.slice(at, end)];
}
