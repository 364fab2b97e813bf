import { createHash } from 'node:crypto';
import type { ModuleMeasure } from '../core/ediem/types';
import type { FileIdentity } from '../io/byteSource';
import type { DenseWork, ModuleWork, NoMeasure, StoredWeight } from './workers/protocol';

/** A measure takes about 500 bytes: 15 MB for the experts of a large adapter, or more modules than ten others have. */
const MAX_MEASURES = 30_000;

/**
 * An LRU cache of finished measures, also of jobs that were cancelled later. With it, another population or scale mode
 * reads no weights, and a changed adapter only those of its changed modules.
 */
export class MeasureCache {
  private readonly outcomes = new Map<string, ModuleMeasure | NoMeasure>();

  get(key: string): ModuleMeasure | NoMeasure | undefined {
    const outcome = this.outcomes.get(key);
    if (outcome !== undefined) this.set(key, outcome);
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
 * Everything a measure depends on: the bytes of both factors, identity and offsets of the weights' files, the quartile
 * mode and the backend.
 */
export function measureKey(work: ModuleWork, multiplier: string): string {
  const { module, m, n, rank, scale, a, b, difference, quartiles } = work;
  const head = { module, m, n, rank, scale, quartiles, multiplier, transposed: difference.transposed };
  const factors = [a, b].map(({ dtype, transposed, bytes }) => ({ dtype, transposed, size: bytes.length }));
  const weights = [difference.base, difference.aligned].map(identityOf);
  const hash = createHash('sha256').update(JSON.stringify({ ...head, factors, weights }));
  return hash.update(a.bytes).update(b.bytes).digest('base64');
}

/** `measureKey` for a whole weight. */
export function denseKey({ base, aligned, file, ...head }: DenseWork, multiplier: string): string {
  const weights = [base, aligned, file].map(identityOf);
  return createHash('sha256')
    .update(JSON.stringify({ ...head, multiplier, weights }))
    .digest('base64');
}

/** Of the bytes of a weight. */
export function identityOf({ file, offset, dtype, below }: StoredWeight): readonly string[] {
  return [...placeOf(file, offset), dtype, ...(below === undefined ? [] : placeOf(below.file, below.offset))];
}

const placeOf = ({ path, dev, ino, size, mtimeNs }: FileIdentity, offset: number): readonly string[] => [
  path,
  ...[dev, ino, size, mtimeNs, offset].map(String),
];
