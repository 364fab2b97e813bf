import { findAdapterWeights } from '../../io/adapterFiles';
import { hasLostTarget, pointedPaths, type CommandArguments } from './targets';

/** What a *Cancel* is about. */
export type CancelTarget =
  /** Nothing was pointed at: whatever runs. */
  | { readonly kind: 'all' }
  | { readonly kind: 'running' | 'idle'; readonly adapter: string }
  /** A button lost its row, and more than one adapter is running. */
  | { readonly kind: 'unclear' };

/**
 * Which analysis is to end. One that was pointed at and does not run never stands for another that does.
 * @param running adapters that are being analyzed, by key
 * @throws SploraError `not-found` when what was pointed at is no adapter
 */
export async function cancelTarget(
  args: CommandArguments,
  running: readonly string[],
): Promise<CancelTarget> {
  const [pointed] = pointedPaths(args);
  if (pointed === undefined) {
    // The button of a view's title hands over one undefined, that of a row the selection too.
    const isRow = args.length > 1 && hasLostTarget(args);
    return isRow && running.length > 1 ? { kind: 'unclear' } : { kind: 'all' };
  }
  // The key itself needs no file any more: what is being read may be gone.
  const adapter = running.includes(pointed) ? pointed : await findAdapterWeights(pointed);
  return { kind: running.includes(adapter) ? 'running' : 'idle', adapter };
}
