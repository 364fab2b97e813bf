import { identityOf } from './measureCache';
import type { ModuleSubspaces, NoSubspaces, StoredDifference } from './workers/protocol';

/** Those of a model of 8B, in all layers, with 16 directions. */
const MAX_BYTES = 1024 ** 3;

/**
 * Subspaces of the models that were computed last, so that the next strength reads no weights. Those with more directions
 * serve for fewer. What does not fit is computed again.
 */
export class SubspaceCache {
  private readonly found = new Map<string, ModuleSubspaces | NoSubspaces>();
  private bytes = 0;

  get(difference: StoredDifference, k: number): ModuleSubspaces | NoSubspaces | undefined {
    return this.found.get(keyOf(difference, k));
  }

  set(difference: StoredDifference, k: number, subspaces: ModuleSubspaces | NoSubspaces): void {
    const size = sizeOf(subspaces);
    if (size > MAX_BYTES) return;
    // All of them are of one pair of models: the next pair needs none of the last one's.
    if (this.bytes + size > MAX_BYTES) this.clear();
    this.found.set(keyOf(difference, k), subspaces);
    this.bytes += size;
  }

  private clear(): void {
    this.found.clear();
    this.bytes = 0;
  }
}

function sizeOf(subspaces: ModuleSubspaces | NoSubspaces): number {
  if ('reason' in subspaces) return 0;
  return [...subspaces.output, ...subspaces.input].reduce((sum, { byteLength }) => sum + byteLength, 0);
}

function keyOf({ base, aligned, rows, columns, transposed }: StoredDifference, k: number): string {
  return JSON.stringify([k, rows, columns, transposed, identityOf(base), identityOf(aligned)]);
}
