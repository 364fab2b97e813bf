import { visibleText } from '../../src/core/report/escape';
import { formatScore, scoreInfo } from '../../src/core/report/scores';
import { text, translated } from '../strings';
import { verdictText } from './moduleText';
import type { PageModel } from './page';
import { isPinned, isPruned } from './rows';
import { scoreText } from './scoreText';

/** Reasons are longer than names may be shown. */
const MAX_EVIDENCE = 1000;

/** A cell of the heat map: one module, or several experts of which the first in the ranking is shown. */
export interface CellState {
  /** Index of the module shown. */
  readonly index: number;
  readonly value: number | null;
  /** This and the next three: any of the modules does or is. */
  readonly standsOut: boolean;
  readonly pruned: boolean;
  readonly pinned: boolean;
  readonly chosen: boolean;
}

/** @param modules indices, at least one */
export function cellState(model: PageModel, modules: readonly number[]): CellState {
  const values = model.table.scores[model.shownScore];
  const sign = model.shownOrder === 'largest' ? 1 : -1;
  const key = (index: number): number => sign * (values[index] ?? -Infinity * sign);
  let first = modules[0] ?? -1;
  for (const index of modules) if (key(index) > key(first)) first = index;
  const verdicts = modules.map((index) => model.verdicts[index]);
  return {
    index: first,
    value: values[first] ?? null,
    standsOut: modules.some((index) => (model.table.standsOut[index] ?? null) !== null),
    pruned: verdicts.some(isPruned),
    pinned: verdicts.some(isPinned),
    chosen: modules.some((index) => model.chosen.has(index)),
  };
}

/** The cell for the clipboard: name and value of the module shown. */
export function copiedCell(model: PageModel, modules: readonly number[]): string {
  const { index, value } = cellState(model, modules);
  const score = value === null ? text('mapNoValue') : formatScore(model.shownScore, value);
  return `${visibleText(model.table.names[index] ?? '')}\t${score}`;
}

/** The cell in words, for screen readers and the line below the map. */
export function describeCell(model: PageModel, state: CellState, count: number): string {
  const { table, shownScore } = model;
  const { index } = state;
  const name = visibleText(table.names[index] ?? '');
  const scores = [shownScore, 'cosine', 'retained', 'relativeDistance', 'reversal'] as const;
  const facts = [...new Set(scores)].flatMap((score) => {
    const value = table.scores[score][index] ?? null;
    return value === null ? [] : [`${translated(scoreInfo[score].label)} ${scoreText(score, value)}`];
  });
  const reason = table.reasons[index] ?? null;
  const verdict = model.verdicts[index];
  const isKeptByNoRule = verdict?.by === 'rule' && model.selection?.rule.kind === 'none';
  const evidence = table.standsOut[index] ?? null;
  return [
    count > 1 ? text('mapMany', count, name) : name,
    ...(facts.length > 0 ? facts : [text('mapNoValue')]),
    ...(evidence === null ? [] : [visibleText(text('standsOutBecause', evidence), MAX_EVIDENCE)]),
    ...(isKeptByNoRule ? [] : [verdictText(verdict, table, index)]),
    ...(reason === null ? [] : [visibleText(reason)]),
  ].join(' · ');
}
