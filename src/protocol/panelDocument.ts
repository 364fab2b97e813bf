import { standingOut } from '../core/evidence/evidence';
import { reasonsText } from '../core/evidence/reasons';
import type { ScoreName } from '../core/ediem/types';
import { render, type Translate } from '../core/message';
import { isPair, type AnalysisDocument } from '../core/report/analysis';
import { SCORE_NAMES } from '../core/report/scores';
import type { ModuleTable, PanelDocument, ShownPath } from './panel';

/** Tensors without a score that the page names; a report has all. */
const MAX_CARRIED = 10;

/**
 * What the panel shows of a result.
 * @param shownPath a path as a user reads it
 */
export function panelDocument(
  document: AnalysisDocument,
  translate: Translate,
  shownPath: (path: string) => string = String,
): PanelDocument {
  const { options } = document;
  const placeOf = (full: string): ShownPath => ({ shown: shownPath(full), full });
  const notes = document.notes.map((note) => render(note, translate));
  const first = document.carried.slice(0, MAX_CARRIED);
  const carried = {
    count: document.carried.length,
    first: first.map(({ tensor, reason }) => `${tensor}: ${render(reason, translate)}`),
  };
  const modules = tableOf(document, translate);
  return {
    base: placeOf(document.base),
    aligned: placeOf(document.aligned),
    options,
    notes,
    carried,
    modules,
  };
}

function tableOf(document: AnalysisDocument, translate: Translate): ModuleTable {
  const { modules } = document;
  const evidence = standingOut(document);
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
    standsOut: modules.map(({ module }) => {
      const found = evidence.get(module);
      return found === undefined ? null : render(reasonsText(found.reasons), translate);
    }),
    scores: scoreColumns((name) => modules.map((result) => result[name])),
  };
}

/** A column for each score. */
export function scoreColumns(column: (name: ScoreName) => (number | null)[]): ModuleTable['scores'] {
  const [first, ...rest] = SCORE_NAMES.map((name) => ({ [name]: column(name) }));
  return Object.assign({}, first, ...rest) as ModuleTable['scores'];
}
