import { createHash } from 'node:crypto';
import { identityOf } from './measureCache';
import type { NoResult, StepResult, StepWork } from './workers/protocol';

/** The subspaces of a model of 8B, in all layers, with 16 directions. */
const MAX_BYTES = 1024 ** 3;

/**
 * What repairs computed of the models last, so that the next strength reads no weights. What does not fit is computed
 * again.
 */
export class StepCache {
  private readonly found = new Map<string, StepResult | NoResult>();
  private bytes = 0;

  get(key: string): StepResult | NoResult | undefined {
    return this.found.get(key);
  }

  set(key: string, result: StepResult | NoResult): void {
    const size = sizeOf(result);
    if (size > MAX_BYTES) return;
    // All of them are of one pair of models: the next pair needs none of the last one's.
    if (this.bytes + size > MAX_BYTES) this.clear();
    this.found.set(key, result);
    this.bytes += size;
  }

  private clear(): void {
    this.found.clear();
    this.bytes = 0;
  }
}

function sizeOf(result: StepResult | NoResult): number {
  if ('reason' in result) return 0;
  if (result.kind === 'products') return result.cb.byteLength;
  return [...result.output, ...result.input].reduce((sum, { byteLength }) => sum + byteLength, 0);
}

/** Everything a result depends on. */
export function stepKey(work: StepWork): string {
  const { base, aligned, rows, columns, transposed } = work.difference;
  const head = [work.kind, rows, columns, transposed, identityOf(base), identityOf(aligned)];
  if (work.kind === 'subspaces') return JSON.stringify([...head, work.k, work.isPrecise]);
  const { a, b, scale, rank } = work.factors;
  const rest = work.kind === 'masked' ? [work.k, work.mask, scale] : [];
  const hash = createHash('sha256').update(b);
  if (work.kind === 'masked') hash.update(a);
  return JSON.stringify([...head, rank, ...rest, hash.digest('base64')]);
}
