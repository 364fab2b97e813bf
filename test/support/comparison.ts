import type { ComparedModule, CompareStatus } from '../../src/core/report/comparison';
import type { CompareResult } from '../../src/protocol/engineApi';
import { mockMeasures } from '../webview/mockAdapters';

/** An adapter of `count` modules, and a copy that lacks some, has others set to zero or changed. */
export function comparedWithCopy(count: number): CompareResult {
  const modules = mockMeasures(count).map(({ module, updateNorm }, index): ComparedModule => {
    const status = STATUSES[index % STATUSES.length] ?? 'equal';
    const rightNorm = { equal: updateNorm, changed: updateNorm / 2, zeroed: 0, 'left-only': null }[status];
    return {
      module,
      status,
      leftNorm: updateNorm,
      rightNorm,
      difference: rightNorm === null ? null : updateNorm - rightNorm,
      cosine: rightNorm === null || rightNorm === 0 ? null : 1,
    };
  });
  const carried = [{ tensor: 'lm_head.weight', status: 'changed' }] as const;
  return {
    left: '/runs/a/adapter_model.safetensors',
    right: '/runs/b/adapter_model.safetensors',
    modules,
    carried,
  };
}

const STATUSES: readonly Exclude<CompareStatus, 'right-only'>[] = [
  ...['equal', 'equal', 'equal', 'changed', 'equal', 'zeroed', 'equal', 'left-only'],
] as const;
