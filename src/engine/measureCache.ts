import { createHash } from 'node:crypto';
import type { ModuleMeasure } from '../core/ediem/types';
import type { DenseWork, ModuleWork, NoMeasure, StoredWeight } from './workers/protocol';

/** A measure takes some 500 bytes: this many are a few megabytes, and more than the modules of ten adapters. */
const MAX_MEASURES = 10_000;

/**
 * Measures of modules that were finished, also by jobs that were cancelled later: another population, scale mode or
 * rule reads no weights, and a changed adapter only those of its changed modules. The least recently used one goes.
 */
export class MeasureCache {
  private readonly outcomes = new Map<string, ModuleMeasure | NoMeasure>();

  get(key: string): ModuleMeasure | NoMeasure | undefined {
    const outcome = this.outcomes.get(key);
    if (outcome === undefined) return undefined;
    this.outcomes.delete(key);
    this.outcomes.set(key, outcome);
    return outcome;
  }

  set(key: string, outcome: ModuleMeasure | NoMeasure): void {
    this.outcomes.delete(key);
    this.outcomes.set(key, outcome);
    const [oldest] = this.outcomes.keys();
    if (this.outcomes.size > MAX_MEASURES && oldest !== undefined) this.outcomes.delete(oldest);
  }
}

/**
 * All that a measure depends on: the bytes of both factors, which bytes of which state of which files the weights are,
 * how quartiles are taken and what multiplies.
 */
export function measureKey(work: ModuleWork, multiplier: string): string {
  const { module, m, n, rank, scale, a, b, difference, quartiles } = work;
  const head = { module, m, n, rank, scale, quartiles, multiplier, transposed: difference.transposed };
  const factors = [a, b].map(({ dtype, transposed, bytes }) => ({ dtype, transposed, size: bytes.length }));
  const weights = [difference.base, difference.aligned].map(identityOf);
  const hash = createHash('sha256').update(JSON.stringify({ ...head, factors, weights }));
  return hash.update(a.bytes).update(b.bytes).digest('base64');
}

/** The same for a whole weight. */
export function denseKey({ base, aligned, file, ...head }: DenseWork, multiplier: string): string {
  const weights = [base, aligned, file].map(identityOf);
  return createHash('sha256')
    .update(JSON.stringify({ ...head, multiplier, weights }))
    .digest('base64');
}

function identityOf({ file, offset, dtype }: StoredWeight): readonly string[] {
  return [file.path, ...[file.dev, file.ino, file.size, file.mtimeNs, offset].map(String), dtype];
}
