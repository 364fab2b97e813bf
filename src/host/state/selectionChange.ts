import { isRecord } from '../../core/record';
import { isScoreName } from '../../core/report/scores';
import { parseRule } from '../../core/selection/rule';
import type { SelectionEdit } from '../../core/selection/select';
import type { Pins } from '../../core/selection/types';

/** What the user changed of an adapter's selection; the rest follows the settings. */
export interface SelectionChange {
  readonly selection: SelectionEdit;
  readonly pins: Pins;
}

export const NO_CHANGE: SelectionChange = { selection: {}, pins: { keep: [], prune: [] } };

/** Without the parts that this version does not know. */
export function parseSelectionChange(value: unknown): SelectionChange {
  if (!isRecord(value) || !isRecord(value['selection']) || !isRecord(value['pins'])) return NO_CHANGE;
  const { keep, prune } = value['pins'];
  if (!isNames(keep) || !isNames(prune)) return NO_CHANGE;
  const { rankBy, order } = value['selection'];
  const rule = parseRule(value['selection']['rule']);
  return {
    selection: {
      ...(rule === undefined ? {} : { rule }),
      ...(typeof rankBy === 'string' && isScoreName(rankBy) ? { rankBy } : {}),
      ...(order === 'largest' || order === 'smallest' ? { order } : {}),
    },
    pins: { keep, prune },
  };
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((name) => typeof name === 'string');
}
