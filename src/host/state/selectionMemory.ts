import type * as vscode from 'vscode';
import { isRecord } from '../../core/record';
import { isScoreName } from '../../core/report/scores';
import { parseRule } from '../../core/selection/rule';
import type { SelectionChange } from './analysisStore';

const KEY = 'selection:';

/** Rule and pins of each adapter, kept in the workspace's memory across sessions. */
export class SelectionMemory {
  constructor(
    private readonly memento: vscode.Memento,
    private readonly onFailure: (thrown: unknown) => void,
  ) {}

  get(adapter: string): SelectionChange | undefined {
    return parseSelectionChange(this.memento.get<unknown>(KEY + adapter));
  }

  set(adapter: string, change: SelectionChange): void {
    this.memento.update(KEY + adapter, change).then(undefined, this.onFailure);
  }
}

/** What another version may have written; undefined if nothing of it is known. */
export function parseSelectionChange(value: unknown): SelectionChange | undefined {
  if (!isRecord(value) || !isRecord(value['selection']) || !isRecord(value['pins'])) return undefined;
  const { keep, prune } = value['pins'];
  if (!isNames(keep) || !isNames(prune)) return undefined;
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
