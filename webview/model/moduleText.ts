import type { PopulationUsed } from '../../src/core/ediem/types';
import { visibleText } from '../../src/core/report/escape';
import { formatShape, formatSignificant } from '../../src/core/report/scores';
import type { ModuleVerdict } from '../../src/core/selection/types';
import type { ModuleTable, PanelModuleStatus } from '../../src/protocol/panel';
import { text, type StringKey } from '../strings';
import { isPruned } from './rows';
import { trueMinus } from './scoreText';

const POPULATION_TEXT: Readonly<Record<PopulationUsed['kind'], StringKey>> = {
  shape: 'tipPopulationShape',
  type: 'tipPopulationType',
  all: 'tipPopulationAll',
  pooled: 'tipPopulationPooled',
};

/** Reasons are longer than names may be shown. */
const MAX_EVIDENCE = 1000;

/** What has no column: the whole name, shape, rank and scale, the population, or why there is no score. */
export function moduleTip(
  { names, replaced, shapes, ranks, scales, populations, reasons, standsOut }: ModuleTable,
  index: number,
): string {
  const population = populations[index] ?? null;
  const reason = reasons[index] ?? null;
  const evidence = standsOut[index] ?? null;
  return [
    visibleText(names[index] ?? ''),
    ...(evidence === null ? [] : [visibleText(text('standsOutBecause', evidence), MAX_EVIDENCE)]),
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

/** Whether a module is selected, or why there is no decision. */
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
