import type { Wording } from '../../core/errors';
import type { Translate } from '../format';
import { wordingOf } from './wordingOf';

/** Sentences in sentences (a side, a reason, a list, its end) that are looked into. */
const DEPTH_MAX = 8;

/** A reason, note or finding of the engine in another language than English; what is none of ours stays as it is. */
export function translateText(sentence: string, t: Translate, depth = DEPTH_MAX): string {
  const wording = depth === 0 || isName(sentence) ? undefined : wordingOf(sentence);
  return wording === undefined ? sentence : translateWording(wording, t, depth);
}

/** A fixed text and what stands in it, each of which may be such a sentence itself. */
export function translateWording({ text, values }: Wording, t: Translate, depth = DEPTH_MAX): string {
  return t(text, ...values.map((value) => translateText(value, t, depth - 1)));
}

/** Quoted as by `displayName`: what a file calls something is never looked into, be it a sentence of ours. */
function isName(value: string): boolean {
  return /^".*"$/s.test(value) && !/(?<!\\)"/.test(value.slice(1, -1));
}
