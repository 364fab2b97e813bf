import type { ModuleScores, ScoreName } from '../ediem/types';
import type { Order } from '../selection/types';

/** How a score's numbers are written: plain with 3 decimals, as a share in percent, or with 4 significant digits. */
export type ScoreFormat = 'fixed' | 'percent' | 'significant';

interface ScoreInfo {
  readonly label: string;
  /** For column heads and other narrow places. */
  readonly short: string;
  /** One sentence. */
  readonly description: string;
  readonly format: ScoreFormat;
  /** Which end of the ranking is pruned first by this score. */
  readonly goesFirst: Order;
}

/** The one place that names scores for users. Symbols as in the E-DIEM notes: dW update, V alignment step, P = C dW. */
export const scoreInfo = {
  ediemIqr: {
    label: 'E-DIEM (IQR)',
    short: 'E-DIEM',
    description:
      'Distance from the alignment subspace, standardized by mean and interquartile range of the population, minus the quartile shift.',
    format: 'fixed',
    goesFirst: 'largest',
  },
  ediemStd: {
    label: 'E-DIEM (std)',
    short: 'E-DIEM std',
    description:
      'Distance from the alignment subspace, standardized by mean and standard deviation of the population.',
    format: 'fixed',
    goesFirst: 'largest',
  },
  reversal: {
    label: 'Reversal',
    short: 'reversal',
    description:
      'How far the update undoes the alignment step: -<dW, V> / ‖V‖. Negative: it extends the step.',
    format: 'significant',
    goesFirst: 'largest',
  },
  reversalCosine: {
    label: 'Reversal cosine',
    short: 'rev. cos',
    description: 'Reversal without its size: -<dW, V> / (‖dW‖ ‖V‖), between -1 and 1.',
    format: 'fixed',
    goesFirst: 'largest',
  },
  cosine: {
    label: 'Cosine',
    short: 'cos',
    description:
      'Cosine between the update and its projection, as in Safe LoRA; the smallest is pruned first.',
    format: 'fixed',
    goesFirst: 'smallest',
  },
  retained: {
    label: 'Retained',
    short: 'retained',
    description: 'What the projection leaves of the size of the update: ‖P‖ / ‖dW‖. It shrinks with ‖V‖.',
    format: 'percent',
    goesFirst: 'smallest',
  },
  relativeDistance: {
    label: 'Relative distance',
    short: 'd/‖dW‖',
    description: 'Distance in units of the size of the update: ‖P - dW‖ / ‖dW‖.',
    format: 'percent',
    goesFirst: 'largest',
  },
  distance: {
    label: 'Distance',
    short: 'distance',
    description: 'Distance between the update and its projection on the alignment subspace: ‖P - dW‖.',
    format: 'significant',
    goesFirst: 'largest',
  },
  updateNorm: {
    label: 'Update norm',
    short: '‖dW‖',
    description: 'Size of the update that the adapter adds: ‖dW‖.',
    format: 'significant',
    goesFirst: 'largest',
  },
  projectedNorm: {
    label: 'Projected norm',
    short: '‖P‖',
    description: 'Size of the projected update: ‖P‖.',
    format: 'significant',
    goesFirst: 'largest',
  },
  vNorm: {
    label: 'Alignment norm',
    short: '‖V‖',
    description: 'Size of the alignment step, aligned minus base: ‖V‖.',
    format: 'significant',
    goesFirst: 'largest',
  },
  diemTheoretical: {
    label: 'DIEM (theoretical)',
    short: 'DIEM',
    description:
      'Distance standardized by its expectation for random vectors of that dimension; needs no population.',
    format: 'fixed',
    goesFirst: 'largest',
  },
  q1Projected: {
    label: 'First quartile, projected',
    short: 'Q1(P)',
    description: '25% quantile of the entries of the projected update.',
    format: 'significant',
    goesFirst: 'largest',
  },
  q1Update: {
    label: 'First quartile, update',
    short: 'Q1(dW)',
    description: '25% quantile of the entries of the update.',
    format: 'significant',
    goesFirst: 'largest',
  },
} as const satisfies Readonly<Record<ScoreName, ScoreInfo>>;

/** Every score, in the order in which users see them. */
export const SCORE_NAMES = Object.keys(scoreInfo) as readonly ScoreName[];

/** The scores that the method's notes name for ranking, the published one first. */
export const RANKING_SCORES = [
  'ediemIqr',
  'ediemStd',
  'reversal',
  'cosine',
  'relativeDistance',
  'distance',
  'updateNorm',
] as const satisfies readonly ScoreName[];

/** The scores shown beside any ranking in tables, the most useful first. */
export const COMPANION_SCORES = [
  'ediemIqr',
  'reversal',
  'cosine',
  'retained',
  'relativeDistance',
  'distance',
  'updateNorm',
] as const satisfies readonly ScoreName[];

/** These compare modules with each other, so all must be measured first. */
export function needsPopulation(name: ScoreName): boolean {
  return name === 'ediemIqr' || name === 'ediemStd';
}

export function isScoreName(name: string): name is ScoreName {
  return Object.hasOwn(scoreInfo, name);
}

const LARGE = 1e5;
const SMALL = 1e-3;

/** A score as users read it everywhere: CLI, tree, panel, hover. */
export function formatScore(name: ScoreName, value: number): string {
  const { format } = scoreInfo[name];
  if (format === 'percent' && Math.abs(value) < LARGE) return `${tidy(value * 100, 2)} %`;
  if (format === 'fixed' && Math.abs(value) < LARGE) return value.toFixed(3).replace(/^-(0\.0+)$/, '$1');
  return formatSignificant(value);
}

/** The same for a module's whole set; scores that are missing read `–`. */
export function formatScoreOf(
  scores: Readonly<Record<ScoreName, number | null>> | ModuleScores,
  name: ScoreName,
): string {
  const value = scores[name];
  return value === null ? '–' : formatScore(name, value);
}

/** Four significant digits; very large and very small numbers with an exponent. */
export function formatSignificant(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size >= LARGE || size < SMALL) return value.toExponential(2).replace('e+', 'e');
  return tidy(value, Math.max(0, 3 - Math.floor(Math.log10(size))));
}

function tidy(value: number, decimals: number): string {
  return value.toFixed(decimals).replace(/^-(0(?:\.0+)?)$/, '$1');
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** Bytes in decimal units with three significant digits, e.g. `247 kB`. */
export function formatBytes(bytes: number): string {
  const power = bytes < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 ? String(value) : value.toPrecision(value >= 999.5 ? 4 : 3)} ${UNITS[power] ?? 'B'}`;
}

/** `1 module`, `2 modules`. */
export function formatModules(count: number): string {
  return count === 1 ? '1 module' : `${count} modules`;
}

/** `m x n` as users read it. */
export function formatShape(shape: readonly number[]): string {
  return shape.length === 0 ? 'scalar' : shape.join(' × ');
}
