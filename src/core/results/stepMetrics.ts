import { visibleText } from '../report/escape';

/** What trackers (Weights & Biases, TensorBoard) log at one training step. */
export interface StepMetrics {
  /** Null: neither the adapter's path nor the user names one. */
  readonly step: number | null;
  /** By a name like `splora/asr`, without what could not be measured. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** Metrics by name; numbers that are null, NaN or infinite are left out, because no tracker draws them. */
export function metricsOf(
  entries: Iterable<readonly [name: string, value: number | null | undefined]>,
): StepMetrics['metrics'] {
  const metrics: Record<string, number> = {};
  for (const [name, value] of entries)
    if (value != null && Number.isFinite(value)) metrics[`splora/${visibleText(name, Infinity)}`] = value;
  return metrics;
}
