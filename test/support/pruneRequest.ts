import type { Provenance } from '../../src/core/provenance';
import type { PruneOptions } from '../../src/methods/prune/plan';
import type { RepairRequest } from '../../src/protocol/engineApi';

export interface PruneRequest extends Partial<PruneOptions> {
  readonly adapter: string;
  readonly modules: readonly string[];
  readonly out?: string;
  readonly copyRest?: boolean;
  readonly provenance?: Provenance;
}

/** A request to prune, by hand unless told otherwise. */
export function pruneRequest(request: PruneRequest): RepairRequest {
  const { mode, bakeScale, ...rest } = request;
  return {
    method: 'prune',
    options: { mode, bakeScale },
    copyRest: false,
    provenance: { by: 'hand' },
    ...rest,
  };
}
