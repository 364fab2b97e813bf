import { needsPopulation, SCORE_NAMES } from '../../core/report/scores';
import { scoreModules } from '../../core/ediem/scores';
import type { ModuleMeasure, ScaleMode, ScoreName } from '../../core/ediem/types';
import { isPair, type AnalysisDocument, type ModuleResult } from '../../core/report/analysis';
import { renderError } from '../../core/errors';
import { render, type Translate } from '../../core/message';
import type { SelectionOptions } from '../../core/selection/types';
import type { ModuleTable, PanelDocument, PanelRun } from '../../protocol/panel';
import type { RunState } from '../state/types';

/** Tensors without a score that the page names; a report has all. */
const MAX_CARRIED = 10;

/** What the panel shows of a result. */
export function panelDocument(document: AnalysisDocument, translate: Translate): PanelDocument {
  const { base, aligned, options } = document;
  const notes = document.notes.map((note) => render(note, translate));
  const first = document.carried.slice(0, MAX_CARRIED);
  const carried = {
    count: document.carried.length,
    first: first.map(({ tensor, reason }) => `${tensor}: ${render(reason, translate)}`),
  };
  const modules = tableOf(document.modules, translate);
  return { base, aligned, options, notes, carried, modules };
}

/** The same for a running analysis. */
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
    scores: scoreColumns((name) =>
      measures.map(({ module }) => (needsPopulation(name) ? null : finite(scored.get(module)?.scores[name]))),
    ),
  };
}

/** JSON has no NaN. */
function finite(value: number | undefined): number | null {
  return value === undefined || !Number.isFinite(value) ? null : value;
}

function tableOf(modules: readonly ModuleResult[], translate: Translate): ModuleTable {
  return {
    names: modules.map(({ module }) => module),
    replaced: modules.map((result) => !isPair(result)),
    status: modules.map(({ status }) => status),
    reasons: modules.map((result) => (result.status === 'scored' ? null : render(result.reason, translate))),
    shapes: modules.map(({ shape }) => shape),
    ranks: modules.map(({ rank }) => rank),
    scales: modules.map(({ scale }) => scale),
    bytes: modules.map(({ bytes }) => bytes),
    populations: modules.map(({ population }) => population),
    scores: scoreColumns((name) => modules.map((result) => result[name])),
  };
}

function scoreColumns(column: (name: ScoreName) => (number | null)[]): ModuleTable['scores'] {
  const [first, ...rest] = SCORE_NAMES.map((name) => ({ [name]: column(name) }));
  return Object.assign({}, first, ...rest) as ModuleTable['scores'];
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
