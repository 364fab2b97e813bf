import { visibleText } from '../../src/core/report/escape';
import type { PopulationUsed } from '../../src/core/ediem/types';
import { formatShape, formatSignificant, scoreInfo } from '../../src/core/report/scores';
import { text, translated, type StringKey } from '../strings';
import type { ModuleVerdict } from '../../src/core/selection/types';
import type { ModuleTable, PanelModuleStatus } from '../../src/protocol/panel';
import type { PageModel } from './page';
import { isPinned, isPruned } from './rows';
import { scoreText, trueMinus } from './scoreText';

/** A cell of the heat map: one module, or several experts of which the first in the ranking is shown. */
export interface CellState {
  /** Index of the module shown. */
  readonly index: number;
  readonly value: number | null;
  /** This and the next two: any of the modules is. */
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
    pruned: verdicts.some(isPruned),
    pinned: verdicts.some(isPinned),
    chosen: modules.some((index) => model.chosen.has(index)),
  };
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
  return [
    count > 1 ? text('mapMany', count, name) : name,
    ...(facts.length > 0 ? facts : [text('mapNoValue')]),
    verdictText(model.verdicts[index], table, index),
    ...(reason === null ? [] : [visibleText(reason)]),
  ].join(' · ');
}

const POPULATION_TEXT: Readonly<Record<PopulationUsed['kind'], StringKey>> = {
  shape: 'tipPopulationShape',
  type: 'tipPopulationType',
  all: 'tipPopulationAll',
  pooled: 'tipPopulationPooled',
};

/** What has no column: the whole name, shape, rank and scale, the population, or why there is no score. */
export function moduleTip(
  { names, replaced, shapes, ranks, scales, populations, reasons }: ModuleTable,
  index: number,
): string {
  const population = populations[index] ?? null;
  const reason = reasons[index] ?? null;
  return [
    visibleText(names[index] ?? ''),
    replaced[index] === true
      ? text('tipReplaced', formatShape(shapes[index] ?? []))
      : text(
          'tipShape',
          formatShape(shapes[index] ?? []),
          ranks[index] ?? '–',
          trueMinus(formatSignificant(scales[index] ?? 0)),
        ),
    ...(population === null ? [] : [text(POPULATION_TEXT[population.kind], population.size)]),
    ...(reason === null ? [] : [visibleText(reason)]),
  ].join('\n');
}

const STATUS_TEXT: Readonly<Record<Exclude<PanelModuleStatus, 'scored'>, StringKey>> = {
  inactive: 'statusInactive',
  unmatched: 'statusUnmatched',
  unsupported: 'statusUnsupported',
  measured: 'statusMeasured',
};

/** All results of `verdictText`. */
export function verdictTexts(): readonly string[] {
  const keys = [
    'verdictKeep',
    'verdictReplaced',
    'verdictPrune',
    'verdictPinnedKeep',
    'verdictPinnedPrune',
  ] as const;
  return [...keys, ...Object.values(STATUS_TEXT)].map((key) => text(key));
}

/** Whether a module is pruned, or why there is no decision. */
export function verdictText(
  verdict: ModuleVerdict | undefined,
  { status: statuses, replaced }: Pick<ModuleTable, 'status' | 'replaced'>,
  index: number,
): string {
  if (verdict === undefined || verdict.by === 'unscored') {
    const status = statuses[index] ?? 'measured';
    return text(status === 'scored' ? 'verdictKeep' : STATUS_TEXT[status]);
  }
  if (verdict.by === 'pin') return text(isPruned(verdict) ? 'verdictPinnedPrune' : 'verdictPinnedKeep');
  if (isPruned(verdict)) return text('verdictPrune');
  return text(replaced[index] === true ? 'verdictReplaced' : 'verdictKeep');
}
