import { quantile } from './quantile';

/** Guards the two E-DIEM denominators, as in the published code. */
const EPSILON = 1e-6;

/** What E-DIEM needs of a population of distances. */
export interface PopulationStatistics {
  readonly size: number;
  readonly mean: number;
  /** With n-1 in the denominator; 0 for a single distance. */
  readonly variance: number;
  /** Q3 - Q1, linear interpolation. */
  readonly interquartileRange: number;
}

/** @param distances at least one, all finite */
export function describePopulation(distances: readonly number[]): PopulationStatistics {
  const size = distances.length;
  const mean = distances.reduce((sum, d) => sum + d, 0) / size;
  const squares = distances.reduce((sum, d) => sum + (d - mean) ** 2, 0);
  return {
    size,
    mean,
    variance: size > 1 ? squares / (size - 1) : 0,
    interquartileRange: quantile(distances, 0.75) - quantile(distances, 0.25),
  };
}

/** `(d - mean(S)) / sqrt(var(S) + 1e-6)`. */
export function ediemStd(distance: number, population: PopulationStatistics): number {
  return (distance - population.mean) / Math.sqrt(population.variance + EPSILON);
}

/** `(d + 1e-6 - mean(S)) / (Q3(S) - Q1(S) + 1e-6) - q`, with `q = Q1(P) - Q1(dW)`. */
export function ediemIqr(distance: number, quartileShift: number, population: PopulationStatistics): number {
  return (distance + EPSILON - population.mean) / (population.interquartileRange + EPSILON) - quartileShift;
}

/** DIEM without a population: `(d - sqrt(2 m n)) / sqrt(2 m n (1 - 1/pi))` (Tessari et al.). */
export function diemTheoretical(distance: number, entries: number): number {
  return (distance - Math.sqrt(2 * entries)) / Math.sqrt(2 * entries * (1 - 1 / Math.PI));
}
