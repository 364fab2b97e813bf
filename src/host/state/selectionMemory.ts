import type * as vscode from 'vscode';
import { validateSelection } from '../../core/selection/select';
import type { Rule } from '../../core/selection/types';
import { SploraError } from '../../core/errors';
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
  const { rule, rankBy, order } = value['selection'];
  return {
    selection: {
      ...(isRule(rule) ? { rule } : {}),
      ...(typeof rankBy === 'string' && isScoreName(rankBy) ? { rankBy } : {}),
      ...(order === 'largest' || order === 'smallest' ? { order } : {}),
    },
    pins: { keep, prune },
  };
}

/** Checked by the code that applies rules. */
export function isRule(value: unknown): value is Rule {
  if (!isRecord(value) || !KINDS.has(value['kind'])) return false;
  try {
    validateSelection(
      { rule: value as unknown as Rule, rankBy: 'ediemIqr', pins: { keep: [], prune: [] } },
      [],
    );
    return true;
  } catch (thrown) {
    if (thrown instanceof SploraError) return false;
    throw thrown;
  }
}

const KINDS: ReadonlySet<unknown> = new Set<Rule['kind']>(['top', 'threshold', 'fraction', 'none']);

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((name) => typeof name === 'string');
}
