import { say } from '../../src/core/message';
import type { AnalysisDocument } from '../../src/core/report/analysis';
import { select } from '../../src/core/selection/select';
import type { ModuleVerdict, SelectionOptions } from '../../src/core/selection/types';
import type { AdapterState } from '../../src/host/state/types';
import { analysisOf, scored, unscored } from './analysisDocument';

export const TOP_1: SelectionOptions = {
  rule: { kind: 'top', k: 1 },
  rankBy: 'ediemIqr',
  pins: { keep: [], prune: [] },
};

/** Of modules with these verdicts; those without a rank are `inactive`. */
export function stateOfVerdicts(
  verdicts: readonly ModuleVerdict[],
  adapter = '/a/adapter_model.safetensors',
): AdapterState {
  const modules = verdicts.map(({ module, rankPosition }) =>
    rankPosition === null ? unscored(module, 'inactive', say('B = 0')) : scored(module),
  );
  return { ...stateOf(analysisOf(modules, { adapter })), verdicts };
}

/** What the window knows of an analyzed adapter; the rule takes the first module by default. */
export function stateOf(
  document: AnalysisDocument,
  fields: Partial<Omit<AdapterState, 'document' | 'results' | 'verdicts'>> = {},
): AdapterState {
  const { selection = TOP_1 } = fields;
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
