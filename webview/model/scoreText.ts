import type { ScoreName } from '../../src/core/ediem/types';
import { formatScore, scoreInfo } from '../../src/core/report/scores';

/** Sizes that are written with an exponent, as `formatSignificant` does. */
const LARGE = 1e5;
const SMALL = 1e-3;
/** Digits of the largest number of a column, and decimals that it has at least. */
const DIGITS = 4;
const LEAST_DECIMALS = 2;

/** A score as the page shows it: with a true minus. */
export function scoreText(name: ScoreName, value: number): string {
  return trueMinus(formatScore(name, value));
}

/** A hyphen stands lower and shorter than the digits of most typefaces; `−` does not. */
export function trueMinus(number: string): string {
  return number.replaceAll('-', '−');
}

/**
 * Decimals that all numbers of a column have, so that their points stand below each other; null where each is written
 * by itself: in percent, with fixed decimals anyhow, or too large or small for a column.
 */
export function columnDecimals(name: ScoreName, values: readonly (number | null)[]): number | null {
  if (scoreInfo[name].format !== 'significant') return null;
  let largest = 0;
  for (const value of values) if (value !== null) largest = Math.max(largest, Math.abs(value));
  if (largest >= LARGE || largest < SMALL) return null;
  return Math.max(LEAST_DECIMALS, DIGITS - 1 - Math.floor(Math.log10(largest)));
}

/** A score in a column of `columnDecimals`. What these would show as zero though it is none keeps its exponent. */
export function cellText(name: ScoreName, value: number, decimals: number | null): string {
  if (decimals === null) return scoreText(name, value);
  const shown = value.toFixed(decimals);
  if (Number(shown) !== 0) return trueMinus(shown);
  return value === 0 ? (0).toFixed(decimals) : scoreText(name, value);
}
