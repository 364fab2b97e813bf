import type * as vscode from 'vscode';
import { parseRule } from '../../core/selection/rule';
import { isRecord } from '../../core/record';
import { isScoreName } from '../../core/report/scores';
import type { SelectionChange } from './analysisStore';

const KEY = 'selection:';

/** Rule and pins of each adapter, kept in the workspace's memory across sessions. */
export class SelectionMemory {
  readonly #memento: vscode.Memento;
  readonly #onFailure: (thrown: unknown) => void;

  constructor(memento: vscode.Memento, onFailure: (thrown: unknown) => void) {
    this.#memento = memento;
    this.#onFailure = onFailure;
  }

  get(adapter: string): SelectionChange | undefined {
    return parseSelectionChange(this.#memento.get<unknown>(KEY + adapter));
  }

  set(adapter: string, change: SelectionChange): void {
    this.#memento.update(KEY + adapter, change).then(undefined, this.#onFailure);
  }
}

/** What was kept, checked: another version may have written it. Undefined: it is nothing that this version knows. */
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
