import type { ModuleScores, ScoreName } from '../ediem/types';
import type { Order } from '../selection/types';

/** How a score's numbers are written: plain with 3 decimals, as a share in percent, or with 4 significant digits. */
export type ScoreFormat = 'fixed' | 'percent' | 'significant';

interface ScoreInfo {
  readonly label: string;
  /** For column heads and other narrow places. */
  readonly short: string;
  /** Two plain sentences. */
  readonly description: string;
  readonly formula: string;
  readonly format: ScoreFormat;
  /** Which end of the ranking comes first by this score. */
  readonly goesFirst: Order;
}

/** The one place that names scores for users. Symbols as in the E-DIEM notes: dW update, V alignment step, P = C dW. */
export const scoreInfo = {
  ediemIqr: {
    label: 'E-DIEM (IQR)',
    short: 'E-DIEM',
    description:
      'How much farther the update is from the alignment than those of comparable modules, in units of their spread. It compares within one adapter only: do not compare its values between adapters.',
    formula:
      '(d + 1e-6 - mean(S)) / (Q3(S) - Q1(S) + 1e-6) - (Q1(P) - Q1(dW)), d = ‖P - dW‖, P = V Vᵀ dW / ‖V‖, S: the d of comparable modules',
    format: 'fixed',
    goesFirst: 'largest',
  },
  ediemStd: {
    label: 'E-DIEM (std)',
    short: 'E-DIEM std',
    description:
      'As E-DIEM (IQR), with the standard deviation as the unit. It compares within one adapter only.',
    formula: '(d - mean(S)) / sqrt(var(S) + 1e-6), d = ‖P - dW‖, S: the d of comparable modules',
    format: 'fixed',
    goesFirst: 'largest',
  },
  reversal: {
    label: 'Reversal',
    short: 'reversal',
    description:
      'How far the update undoes the alignment step: positive values act against it, negative ones extend it. It compares between adapters, too.',
    formula: '-<dW, V> / ‖V‖',
    format: 'significant',
    goesFirst: 'largest',
  },
  reversalCosine: {
    label: 'Reversal cosine',
    short: 'rev. cos',
    description:
      'The direction of the reversal without its size, between -1 and 1. Near 0, the update and the alignment step have nothing to do with each other.',
    formula: '-<dW, V> / (‖dW‖ ‖V‖)',
    format: 'fixed',
    goesFirst: 'largest',
  },
  cosine: {
    label: 'Cosine',
    short: 'cos',
    description:
      'How well the update agrees with its part along the alignment, as in Safe LoRA. The smallest values come first, because they point elsewhere.',
    formula: '<P, dW> / (‖P‖ ‖dW‖), P = V Vᵀ dW / ‖V‖',
    format: 'fixed',
    goesFirst: 'smallest',
  },
  retained: {
    label: 'Retained',
    short: 'retained',
    description:
      'What is left of the size of the update after projecting it on the alignment. It is small everywhere after a small alignment step.',
    formula: '‖P‖ / ‖dW‖, P = V Vᵀ dW / ‖V‖',
    format: 'percent',
    goesFirst: 'smallest',
  },
  relativeDistance: {
    label: 'Relative distance',
    short: 'd/‖dW‖',
    description:
      'Distance to the alignment in units of the size of the update. Near 100 %, the projection leaves next to nothing, and distance is size.',
    formula: '‖P - dW‖ / ‖dW‖, P = V Vᵀ dW / ‖V‖',
    format: 'percent',
    goesFirst: 'largest',
  },
  distance: {
    label: 'Distance',
    short: 'distance',
    description:
      'Distance between the update and its projection on the alignment. After a small alignment step, it is almost the size of the update.',
    formula: '‖P - dW‖, P = V Vᵀ dW / ‖V‖',
    format: 'significant',
    goesFirst: 'largest',
  },
  updateNorm: {
    label: 'Update norm',
    short: '‖dW‖',
    description: 'Size of the update that the adapter adds. It compares between adapters, too.',
    formula: '‖dW‖, dW = s B A',
    format: 'significant',
    goesFirst: 'largest',
  },
  projectedNorm: {
    label: 'Projected norm',
    short: '‖P‖',
    description: 'Size of the projected update. It depends on the size of the alignment step as well.',
    formula: '‖P‖, P = V Vᵀ dW / ‖V‖',
    format: 'significant',
    goesFirst: 'largest',
  },
  vNorm: {
    label: 'Alignment norm',
    short: '‖V‖',
    description:
      'Size of the alignment step: what changed from the base to the aligned model. It is the same for every adapter of this model.',
    formula: '‖V‖, V = W_aligned - W_base',
    format: 'significant',
    goesFirst: 'largest',
  },
  diemTheoretical: {
    label: 'DIEM (theoretical)',
    short: 'DIEM',
    description:
      'Distance compared with that of random vectors of as many entries. It needs no other modules, and says little about weights.',
    formula: '(d - sqrt(2 m n)) / sqrt(2 m n (1 - 1/π)), d = ‖P - dW‖',
    format: 'fixed',
    goesFirst: 'largest',
  },
  q1Projected: {
    label: 'First quartile, projected',
    short: 'Q1(P)',
    description:
      'A quarter of the entries of the projected update are below it. It is a part of E-DIEM (IQR).',
    formula: 'Q1(P), P = V Vᵀ dW / ‖V‖',
    format: 'significant',
    goesFirst: 'largest',
  },
  q1Update: {
    label: 'First quartile, update',
    short: 'Q1(dW)',
    description: 'A quarter of the entries of the update are below it. It is a part of E-DIEM (IQR).',
    formula: 'Q1(dW)',
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
