import * as vscode from 'vscode';
import type { ScoreName } from '../../core/ediem/types';
import { isPair, type ModuleResult } from '../../core/report/analysis';
import { formatScoreOf, formatShape, scoreInfo } from '../../core/report/scores';
import type { ModuleVerdict } from '../../core/selection/types';
import { formatCount } from '../format';

/** The sentences that tree, hover and Problems list share, in the language of the window. Nothing is escaped. */

export function scoreLabel(score: ScoreName): string {
  return vscode.l10n.t(scoreInfo[score].label);
}

/** Whether a module is selected: `selected`, `not selected`, `pinned to be kept`, … */
export function verdictText(result: ModuleResult, { verdict, by }: ModuleVerdict): string {
  if (by === 'pin')
    return verdict === 'prune' ? vscode.l10n.t('selected by hand') : vscode.l10n.t('pinned to be kept');
  if (verdict === 'prune') return vscode.l10n.t('selected');
  if (result.status !== 'scored') return statusText(result.status);
  return isPair(result) ? vscode.l10n.t('not selected') : vscode.l10n.t('replaced');
}

export function statusText(status: Exclude<ModuleResult['status'], 'scored'>): string {
  return {
    inactive: vscode.l10n.t('inactive'),
    unmatched: vscode.l10n.t('unmatched'),
    unsupported: vscode.l10n.t('unsupported'),
  }[status];
}

/** `rank 3 of 56 by E-DIEM (IQR)`; undefined for a module without a score. */
export function rankText(verdict: ModuleVerdict, scoredTotal: number, rankBy: ScoreName): string | undefined {
  if (verdict.rankPosition === null) return undefined;
  return vscode.l10n.t(
    'rank {0} of {1} by {2}',
    formatCount(verdict.rankPosition),
    formatCount(scoredTotal),
    scoreLabel(rankBy),
  );
}

/** Score of a module, or what it is instead. */
export function scoreText(result: ModuleResult, rankBy: ScoreName): string {
  return result.status === 'scored' ? formatScoreOf(result, rankBy) : statusText(result.status);
}

/** Which modules the score is measured against. */
export function populationText(result: ModuleResult): string | undefined {
  if (result.status !== 'scored') return undefined;
  const size = formatCount(result.population.size);
  return {
    shape: vscode.l10n.t('{0} modules of shape {1}', size, formatShape(result.shape)),
    type: vscode.l10n.t('{0} modules of its type', size),
    all: vscode.l10n.t('all {0} active modules', size),
    pooled: vscode.l10n.t('{0} modules pooled across shapes', size),
  }[result.population.kind];
}
