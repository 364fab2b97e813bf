import type { AnalysisDocument } from '../../src/core/report/analysis';
import { select } from '../../src/core/selection/select';
import type { SelectionOptions } from '../../src/core/selection/types';
import type { AdapterState } from '../../src/host/state/types';

/** What the window knows of an analyzed adapter; the rule takes the first module unless told otherwise. */
export function stateOf(
  document: AnalysisDocument,
  fields: Partial<Omit<AdapterState, 'document' | 'results' | 'verdicts'>> = {},
): AdapterState {
  const selection: SelectionOptions = fields.selection ?? {
    rule: { kind: 'top', k: 1 },
    rankBy: 'ediemIqr',
    pins: { keep: [], prune: [] },
  };
  return {
    adapter: document.adapter,
    results: { analysis: { document, stale: fields.stale ?? null } },
    document,
    selection,
    verdicts: select(document.modules, selection),
    stale: null,
    run: { kind: 'idle' },
    ...fields,
  };
}
