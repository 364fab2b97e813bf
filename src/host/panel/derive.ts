import { needsPopulation } from '../../core/report/scores';
import { scoreModules } from '../../core/ediem/scores';
import type { ModuleMeasure, ScaleMode } from '../../core/ediem/types';
import { renderError } from '../../core/errors';
import type { Translate } from '../../core/message';
import type { SelectionOptions } from '../../core/selection/types';
import type { ModuleTable, PanelRun } from '../../protocol/panel';
import { scoreColumns } from '../../protocol/panelDocument';
import type { RunState } from '../state/types';

/** What the panel shows of a running analysis. */
export function measuredRows(measures: readonly ModuleMeasure[], scale: ScaleMode): ModuleTable {
  const scored = scoreModules(measures, { population: 'all', scale });
  return {
    names: measures.map(({ module }) => module),
    replaced: measures.map(({ kind }) => kind !== undefined),
    status: measures.map(() => 'measured'),
    reasons: measures.map(() => null),
    shapes: measures.map(({ shape }) => shape),
    ranks: measures.map(({ rank }) => rank),
    scales: measures.map((measure) => measure.scale),
    bytes: measures.map(() => null),
    populations: measures.map(() => null),
    standsOut: measures.map(() => null),
    scores: scoreColumns((name) =>
      measures.map(({ module }) => (needsPopulation(name) ? null : finite(scored.get(module)?.scores[name]))),
    ),
  };
}

/** JSON has no NaN. */
function finite(value: number | undefined): number | null {
  return value === undefined || !Number.isFinite(value) ? null : value;
}

/** For an adapter that the store does not know. */
export const NO_SELECTION: SelectionOptions = {
  rule: { kind: 'none' },
  rankBy: 'ediemIqr',
  pins: { keep: [], prune: [] },
};

/** A run without its rows: each of those is sent once, on its own. */
export function panelRun(run: RunState, translate: Translate): PanelRun {
  switch (run.kind) {
    case 'idle':
      return run;
    case 'running':
      return { kind: 'running', progress: run.progress };
    case 'failed':
      return { kind: 'failed', error: renderError(run.error, translate) };
  }
}
