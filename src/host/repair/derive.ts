import { lastOfPath } from '../../core/lastPart';
import { render, say, verbatim, type Message, type Translate } from '../../core/message';
import { TOKEN_ACCURACY } from '../../core/results/evaluation/summarize';
import type { FitCheck } from '../../core/results/fit/types';
import { comparedFigures, recommendation } from '../../core/results/repair/compared';
import { outcomeText, targetLines } from '../../core/results/repair/outcome';
import { pointLabel } from '../../core/results/repair/table';
import { limitsOf, notRefused, overRefused, scoreOf, shareOf } from '../../core/results/repair/target';
import {
  CHANCE,
  REPAIRED,
  type Figures,
  type RepairDocument,
  type WrittenRepair,
} from '../../core/results/repair/types';
import { repairWarnings } from '../../core/results/repair/warnings';
import type { PanelVariant } from '../../protocol/behavior';
import type { PanelRepair, PanelRepairResult, PanelShares, PanelWritten } from '../../protocol/panelRepair';
import { panelBehavior } from '../../protocol/panelBehavior';
import type { PartialRepair } from './repairs';

/** What the panel shows of a repair: of a finished one, or of what there is so far. */
export function panelRepair(repair: RepairDocument | PartialRepair, translate: Translate): PanelRepair {
  if ('outcome' in repair) {
    const { before, points, chosen, target } = repair;
    const limits = limitsOf(target, before.aligned);
    const result = resultOf(repair, translate);
    return { ...figures({ before, points, target, limits, checks: [] }), chosen, result };
  }
  const chosen = repair.points.findIndex((point) => point === repair.chosen);
  return { ...figures(repair), chosen: chosen === -1 ? null : chosen, result: null };
}

function figures({
  before,
  points,
  target,
  limits,
  checks,
}: Omit<PartialRepair, 'chosen'>): Omit<PanelRepair, 'chosen' | 'result'> {
  // Checks of a fit have no whole answers: while there is a path, everything is shown by tokens.
  const axis = checks.length === 0 ? 'solved' : 'tokens';
  const score = axis === 'solved' ? target.taskScore : TOKEN_ACCURACY;
  return {
    limits,
    axis,
    aligned: before === null ? null : sharesOf(before.aligned, score),
    adapter: before === null ? null : sharesOf(before.adapter, score),
    points: points.map((point) => ({
      ...sharesOf(point.figures, score),
      label: pointLabel(point, points),
      method: point.method,
      meets: point.meets,
      clear: shareOf(point.restored),
    })),
    path: checks.map(pathPoint),
  };
}

export function sharesOf(found: Figures, score: string): PanelShares {
  return {
    refused: 1 - (notRefused(found) ?? 0),
    task: scoreOf(found, score),
    overRefusal: overRefused(found),
  };
}

function pathPoint({ asr, tokenAccuracy, overRefusal }: FitCheck): PanelShares {
  return { refused: 1 - asr, task: tokenAccuracy, overRefusal };
}

function resultOf(document: RepairDocument, translate: Translate): PanelRepairResult {
  const { outcome, written, notes, test } = document;
  const recommended = recommendation(document);
  const names = variantNames(document);
  return {
    outcome,
    text: render(outcomeText(document), translate),
    targets: targetLines(document).map((line) => render(line, translate)),
    warnings: repairWarnings(document).map((warning) => render(warning, translate)),
    recommendation: recommended === undefined ? null : render(recommended, translate),
    variants: panelBehavior(test, translate).variants.map((variant) => named(variant, names, translate)),
    written: written === null ? null : panelWritten(written, translate),
    notes: notes.map((note) => render(note, translate)),
  };
}

/** What variants of a repair are called. Methods that were compared are called by their strength. */
function variantNames(document: RepairDocument): ReadonlyMap<string, Message> {
  const compared = comparedFigures(document).map(
    ({ method, label, isChosen, isRecommended }) =>
      [
        isChosen ? REPAIRED : method,
        isRecommended ? say('{0} (recommended)', label) : verbatim(label),
      ] as const,
  );
  return new Map([[REPAIRED, say('Repaired')], [CHANCE, say('Random directions')], ...compared]);
}

function named(
  variant: PanelVariant,
  names: ReadonlyMap<string, Message>,
  translate: Translate,
): PanelVariant {
  const name = names.get(variant.id);
  return name === undefined ? variant : { ...variant, id: render(name, translate) };
}

function panelWritten(
  { out, effect, changed, kept, loaders }: WrittenRepair,
  translate: Translate,
): PanelWritten {
  const shown = say('{0} of {1} modules {2}', changed, changed + kept, effect);
  return {
    name: lastOfPath(out),
    effect: render(shown, translate),
    loaders: loaders.map(({ loader, verdict }) => ({ loader, verdict })),
  };
}
