import type { ModuleVerdict } from '../../src/core/selection/types';
import type { ModuleTable } from '../../src/protocol/panel';
import { isPinned, isPruned } from './rows';

/** What pruning a selection removes. */
export interface Effect {
  readonly modules: number;
  readonly modulesTotal: number;
  readonly bytes: number;
  readonly bytesTotal: number;
  /** Share of `Σ ‖dW‖²` over the scored modules, 0 … 1; null when nothing is scored. */
  readonly normShare: number | null;
  readonly pinned: number;
}

export function effectOf(table: ModuleTable, verdicts: readonly ModuleVerdict[]): Effect {
  let modules = 0;
  let bytes = 0;
  let bytesTotal = 0;
  let norm = 0;
  let normTotal = 0;
  let pinned = 0;
  for (let index = 0; index < table.names.length; index += 1) {
    const verdict = verdicts[index];
    const size = table.bytes[index] ?? 0;
    const square = (table.scores.updateNorm[index] ?? 0) ** 2;
    bytesTotal += size;
    normTotal += square;
    if (isPinned(verdict)) pinned += 1;
    if (!isPruned(verdict)) continue;
    modules += 1;
    bytes += size;
    norm += square;
  }
  const normShare = normTotal > 0 ? norm / normTotal : null;
  return { modules, modulesTotal: table.names.length, bytes, bytesTotal, normShare, pinned };
}

/** As a percentage; small ones with one more digit. */
export function formatShare(share: number): string {
  const percent = share * 100;
  return `${percent.toFixed(percent === 0 || percent >= 10 ? 0 : 1)} %`;
}
