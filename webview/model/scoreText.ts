import type { ScoreName } from '../../src/core/ediem/types';
import { formatScore, scoreInfo } from '../../src/core/report/scores';

/** Beyond these, `formatSignificant` writes an exponent. */
const LARGE = 1e5;
const SMALL = 1e-3;
/** Digits of the largest number of a column, and its minimum of decimals. */
const DIGITS = 4;
const LEAST_DECIMALS = 2;

/** With a true minus. */
export function scoreText(name: ScoreName, value: number): string {
  return trueMinus(formatScore(name, value));
}

/** A hyphen is lower and shorter than digits in most typefaces; `−` is not. */
export function trueMinus(number: string): string {
  return number.replaceAll('-', '−');
}

/**
 * The decimals that line up the points of a column; null if numbers are formatted one by one: percentages, fixed
 * decimals, or too large or small for a column.
 */
export function columnDecimals(name: ScoreName, values: readonly (number | null)[]): number | null {
  if (scoreInfo[name].format !== 'significant') return null;
  let largest = 0;
  for (const value of values) if (value !== null) largest = Math.max(largest, Math.abs(value));
  if (largest >= LARGE || largest < SMALL) return null;
  return Math.max(LEAST_DECIMALS, DIGITS - 1 - Math.floor(Math.log10(largest)));
}

/** A score with `columnDecimals`. A nonzero score that these would show as zero keeps its exponent. */
export function cellText(name: ScoreName, value: number, decimals: number | null): string {
  if (decimals === null) return scoreText(name, value);
  const shown = value.toFixed(decimals);
  if (Number(shown) !== 0) return trueMinus(shown);
  return value === 0 ? (0).toFixed(decimals) : scoreText(name, value);
}
