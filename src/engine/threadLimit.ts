import type { AdapterModule } from '../core/adapter/types';
import { factorBytes } from '../core/ediem/memory';
import type { MatchedModule } from './matchModules';
import { tilePlan } from './workers/tilePlan';

/** For all threads: the whole process then stays below 700 MB, or 1.2 GB for weights of 70B models. */
const MEMORY_BUDGET = 560e6;
const LARGE_MEMORY_BUDGET = 1000e6;
/** More than the largest weight of a 13B model (13824 x 5120). */
const LARGE_ENTRIES = 80e6;
/** A thread without a module: an isolate, its garbage, the kernels' fixed lists. */
const THREAD_BYTES = 80e6;

/**
 * How many of the `wanted` threads fit into memory; at least one.
 * @param bytesOf what a thread needs for a module besides tiles
 */
export function threadLimit(
  wanted: number,
  modules: readonly MatchedModule[],
  bytesOf: (module: AdapterModule) => number = ({ shape, rank }) => factorBytes(shape, rank),
): number {
  const largest = modules.reduce(
    (most, match) => Math.max(most, bytesOf(match.module) + tileBytes(match)),
    0,
  );
  const large = modules.some(({ module: { shape } }) => shape[0] * shape[1] > LARGE_ENTRIES);
  const budget = large ? LARGE_MEMORY_BUDGET : MEMORY_BUDGET;
  return Math.max(1, Math.min(wanted, Math.floor(budget / (THREAD_BYTES + largest))));
}

/** The tiles of both weights. The panel, which has a fixed size, is in `THREAD_BYTES`. */
function tileBytes({ base, aligned }: MatchedModule): number {
  const plan = tilePlan(base.tensor.info.shape[1] ?? 0, base.dtype, aligned.dtype);
  return plan.base.raw + plan.base.widened + plan.aligned.raw + plan.aligned.widened;
}
