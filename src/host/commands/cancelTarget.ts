import { findAdapterWeights } from '../../io/adapterFiles';
import type { Call } from './call';

export type CancelTarget =
  | { readonly kind: 'all' }
  | { readonly kind: 'running' | 'idle'; readonly adapter: string }
  /** The button of a row that is gone, and more than one adapter is running. */
  | { readonly kind: 'unclear' };

/**
 * Which analysis to cancel. If what was pointed at is not running, no other analysis is cancelled for it.
 * @param running keys of the adapters that are being analyzed
 * @throws SploraError `not-found` if what was pointed at is no adapter
 */
export async function cancelTarget(
  { pointed: [pointed], lost }: Pick<Call, 'pointed' | 'lost'>,
  running: readonly string[],
): Promise<CancelTarget> {
  if (pointed === undefined) return { kind: lost === 'row' && running.length > 1 ? 'unclear' : 'all' };
  // A key needs no lookup: the file may be gone.
  const adapter = running.includes(pointed.path) ? pointed.path : await findAdapterWeights(pointed.path);
  return { kind: running.includes(adapter) ? 'running' : 'idle', adapter };
}
