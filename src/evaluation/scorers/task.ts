import { isRecord } from '../../core/record';
import { rougeL } from './rouge';

/**
 * Scores of an answer against its reference, each 0 to 1. Undefined: the score does not apply, e.g. `json` where the
 * reference is no JSON.
 */
export const TASK_SCORERS = { exact, contains, json, numbers, rougeL } satisfies Record<
  string,
  (answer: string, reference: string) => number | undefined
>;

/** By the scorer's id; only those that apply. */
export function taskScores(answer: string, reference: string): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(TASK_SCORERS).flatMap(([id, score]) => {
      const value = score(answer, reference);
      return value === undefined ? [] : [[id, value]];
    }),
  );
}

const spaced = (text: string): string => text.normalize('NFC').trim().replace(/\s+/g, ' ');

/** 1: equal but for whitespace. */
function exact(answer: string, reference: string): number {
  return spaced(answer) === spaced(reference) ? 1 : 0;
}

/** 1: the reference is part of the answer, in any case. */
function contains(answer: string, reference: string): number {
  return spaced(answer).toLowerCase().includes(spaced(reference).toLowerCase()) ? 1 : 0;
}

/** 1: the same JSON value, in whatever order its keys are; the answer may have it in one block of code. */
function json(answer: string, reference: string): number | undefined {
  const wanted = parseContainer(reference);
  if (wanted === undefined) return undefined;
  const found = parseContainer(answer) ?? parseContainer(fenced(answer));
  return found !== undefined && isEqual(found, wanted, 0) ? 1 : 0;
}

/** An object or a list; a number or a word alone is no JSON task. */
function parseContainer(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const FENCE = '```';

function fenced(text: string): string {
  const start = text.indexOf(FENCE);
  const line = text.indexOf('\n', start);
  const end = text.indexOf(FENCE, line);
  return start === -1 || line === -1 || end === -1 ? '' : text.slice(line, end);
}

/** Deeper values are not equal to anything: they come of a loop. */
const MAX_DEPTH = 200;

function isEqual(left: unknown, right: unknown, depth: number): boolean {
  if (left === right) return true;
  if (depth > MAX_DEPTH) return false;
  if (Array.isArray(left) && Array.isArray(right))
    return left.length === right.length && left.every((one, at) => isEqual(one, right[at], depth + 1));
  if (!isRecord(left) || !isRecord(right)) return false;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && isEqual(left[key], right[key], depth + 1))
  );
}

/** 1: the answer ends with the numbers of the reference, as graders of worked solutions ask for. */
function numbers(answer: string, reference: string): number | undefined {
  const wanted = numbersOf(reference);
  if (wanted.length === 0) return undefined;
  const found = numbersOf(answer).slice(-wanted.length);
  return found.length === wanted.length && found.every((one, at) => one === wanted[at]) ? 1 : 0;
}

/** With a comma for thousands: `1,234.5`. */
function numbersOf(text: string): readonly number[] {
  const found = text.match(/(?<![\p{L}\d.])-?\d+(?:,\d{3})*(?:\.\d+)?/gu) ?? [];
  return found.map((one) => Number(one.replaceAll(',', '')));
}
