import * as vscode from 'vscode';
import { isPair } from '../../core/report/analysis';
import { reasonsText } from '../../core/evidence/reasons';
import { visibleText } from '../../core/report/escape';
import { scoredCount } from '../../core/report/findings';
import { isDoubtful, loadedAsText } from '../../core/report/loaders';
import { formatScoreOf } from '../../core/report/scores';
import { formatCount, staleText, messageText } from '../format';
import { scoreLabel } from '../hover/wording';
import type { AdapterState } from '../state/types';
import type { ModuleView } from '../tree/treeModel';
import type { ConfigProblem } from './configProblems';
import type { ProblemCode } from './problems';

/** What the Problems list says of one module. */
export function moduleMessage(state: AdapterState, code: ProblemCode, view: ModuleView): string {
  return withStale(state, oneMessage(state, code, view));
}

/** What it says of the modules that a config entry names. */
export function entryMessage(state: AdapterState, problem: ConfigProblem): string {
  const [first] = problem.modules;
  if (first === undefined) return '';
  if (problem.modules.length === 1) return moduleMessage(state, problem.code, first);
  return withStale(state, manyMessage(state, problem, first));
}

/** What it says of loaders that would not run the adapter as the file has it, one text for each. */
export function loaderMessages(state: AdapterState): readonly string[] {
  const { loaders = [], modules = [] } = state.document ?? {};
  const total = modules.filter(isPair).length;
  return loaders
    .filter(isDoubtful)
    .map((loaded) => withStale(state, messageText(loadedAsText(loaded, total))));
}

function oneMessage(
  state: AdapterState,
  code: ProblemCode,
  { result, verdict, standsOut }: ModuleView,
): string {
  const name = visibleText(result.module);
  const { rankBy } = state.selection;
  if (standsOut !== null)
    return vscode.l10n.t('{0} stands out: {1}.', name, messageText(reasonsText(standsOut.reasons)));
  if (code === 'splora.pinned') return vscode.l10n.t('{0} is selected by hand.', name);
  if (result.status !== 'scored')
    return vscode.l10n.t('{0} has no score: {1}', name, visibleText(messageText(result.reason)));
  return vscode.l10n.t(
    '{0} is selected: {1} {2}, rank {3} of {4}; cosine {5}, retained {6}.',
    name,
    scoreLabel(rankBy),
    formatScoreOf(result, rankBy),
    verdict.rankPosition === null ? '–' : formatCount(verdict.rankPosition),
    formatCount(state.document === null ? 0 : scoredCount(state.document)),
    formatScoreOf(result, 'cosine'),
    formatScoreOf(result, 'retained'),
  );
}

function manyMessage(state: AdapterState, problem: ConfigProblem, first: ModuleView): string {
  const { entry, code } = problem;
  const [many, named] = [formatCount(problem.modules.length), formatCount(problem.named)];
  const { result, standsOut } = first;
  const name = visibleText(result.module);
  const of = entry === null ? vscode.l10n.t('this adapter') : JSON.stringify(visibleText(entry));
  if (standsOut !== null) {
    const why = messageText(reasonsText(standsOut.reasons));
    return vscode.l10n.t('{0} of {1} modules of {2} stand out; first {3}: {4}.', many, named, of, name, why);
  }
  if (code === 'splora.pinned')
    return vscode.l10n.t('{0} of {1} modules of {2} are selected by hand.', many, named, of);
  if (result.status !== 'scored') {
    const reason = visibleText(messageText(result.reason));
    return vscode.l10n.t('{0} of {1} modules of {2} have no score: {3}', many, named, of, reason);
  }
  return vscode.l10n.t(
    '{0} of {1} modules of {2} are selected; first {3}: {4} {5}.',
    many,
    named,
    of,
    name,
    scoreLabel(state.selection.rankBy),
    formatScoreOf(result, state.selection.rankBy),
  );
}

function withStale(state: AdapterState, message: string): string {
  if (state.stale === null) return message;
  return `${message} ${staleText(visibleText(state.stale))}`;
}
