import * as vscode from 'vscode';
import { reasonsText } from '../../core/evidence/reasons';
import { selectedCount } from '../../core/selection/select';
import type { ScoreName } from '../../core/ediem/types';
import { isPair } from '../../core/report/analysis';
import { escapeMarkdown } from '../../core/report/escape';
import { scoredCount } from '../../core/report/findings';
import { LOADER_NAMES, VERDICT_TEXTS } from '../../core/report/loaders';
import { formatScoreOf, formatShape } from '../../core/report/scores';
import { adapterLabel, formatCount, moduleCount, standOutText, staleText, messageText } from '../format';
import { COMMANDS } from '../ids';
import type { AdapterState } from '../state/types';
import { moduleViews, rankOrder, type ModuleView } from '../tree/treeModel';
import { commandLink, HOVER_COMMANDS } from './links';
import { populationText, rankText, scoreLabel, scoreText, verdictText } from './wording';

/** The scores of a hover; the ranking score comes before them. */
const SHOWN: readonly ScoreName[] = [
  'ediemIqr',
  'reversal',
  'distance',
  'relativeDistance',
  'cosine',
  'retained',
];
/** Sentences are longer than names may be shown. */
const MAX_LINE = 1000;
/** So many modules of a group are named. */
const MAX_LISTED = 5;

export function moduleMarkdown(state: AdapterState, view: ModuleView): vscode.MarkdownString {
  const { result, verdict, standsOut } = view;
  const { rankBy } = state.selection;
  const markdown = trusted();
  const rank = state.document === null ? undefined : rankText(verdict, scoredCount(state.document), rankBy);
  const decision = [verdictText(result, verdict), ...(rank === undefined ? [] : [rank])].join(' · ');
  lines(markdown, staleness(state));
  const evidence =
    standsOut === null
      ? []
      : [vscode.l10n.t('Stands out: {0}.', messageText(reasonsText(standsOut.reasons)))];
  lines(markdown, [
    `${verdictIcon(view)} **${escapeMarkdown(result.module)}**`,
    ...[...evidence, decision].map((line) => escapeMarkdown(line, MAX_LINE)),
  ]);
  lines(markdown, [pinLinks(state, view)]);
  if (result.status === 'scored') {
    const scores = [...new Set([rankBy, ...SHOWN])];
    const rows = scores.map(
      (score) => `| ${escapeMarkdown(scoreLabel(score))} | ${formatScoreOf(result, score)} |`,
    );
    markdown.appendMarkdown(['| | |', '|:--|--:|', ...rows, '', ''].join('\n'));
  } else {
    lines(markdown, [escapeMarkdown(messageText(result.reason))]);
  }
  const facts = [
    formatShape(result.shape),
    ...(isPair(result)
      ? [
          vscode.l10n.t('rank {0}', result.rank),
          vscode.l10n.t('scale {0}', Number(result.scale.toPrecision(4))),
        ]
      : [vscode.l10n.t("whole weight that replaces the model's")]),
  ].join(', ');
  const population = populationText(result);
  const against = population === undefined ? [] : [vscode.l10n.t('measured against {0}', population)];
  const loading = loadingLines(state, result.module).map((line) => escapeMarkdown(line));
  lines(markdown, [escapeMarkdown([facts, ...against].join(' · ')), ...loading, origin(state)]);
  return markdown;
}

/** Loaders that refuse the adapter, have no effect with it, or do not apply this module as the file has it. */
function loadingLines({ document }: AdapterState, module: string): readonly string[] {
  return (document?.loaders ?? []).flatMap((loaded) => {
    const name = `${LOADER_NAMES[loaded.loader]} ${loaded.version}`;
    if (loaded.ignored.includes(module)) return [vscode.l10n.t('{0} ignores this module.', name)];
    if (loaded.altered.includes(module)) return [vscode.l10n.t('{0} applies this module differently.', name)];
    return loaded.verdict === 'refused' || loaded.verdict === 'nothing'
      ? [`${name}: ${messageText(VERDICT_TEXTS[loaded.verdict])}`]
      : [];
  });
}

/** Above the numbers: a hover is cut at the bottom where there is little room. */
function pinLinks(state: AdapterState, { result, verdict: { by, verdict } }: ModuleView): string {
  const target = { adapter: state.adapter, modules: [result.module] };
  const links = [commandLink(vscode.l10n.t('Open Scores'), COMMANDS.revealModule, target)];
  if (by === 'pin') links.push(commandLink(vscode.l10n.t('Unpin'), COMMANDS.unpin, target));
  if (by !== 'pin' || verdict !== 'keep')
    links.push(commandLink(vscode.l10n.t('Pin as Keep'), COMMANDS.pinKeep, target));
  if (by !== 'pin' || verdict !== 'prune')
    links.push(commandLink(vscode.l10n.t('Select for Pruning'), COMMANDS.pinPrune, target));
  return links.join(' | ');
}

/** A summary of the modules that share an ending, such as all `q_proj`. */
export function groupMarkdown(
  state: AdapterState,
  written: string,
  names: readonly string[],
): vscode.MarkdownString {
  const all = moduleViews(state);
  const views = names.flatMap((name) => all.get(name) ?? []);
  const first = views.toSorted((x, y) => rankOrder(x.verdict) - rankOrder(y.verdict)).slice(0, MAX_LISTED);
  const selected = selectedCount(views.map(({ verdict }) => verdict));
  const { length: count } = views.filter(({ standsOut }) => standsOut !== null);
  const unscored = views.filter(({ result }) => result.status !== 'scored').length;
  const { rankBy } = state.selection;
  const markdown = trusted();
  const counts = [
    moduleCount(views.length),
    standOutText(count),
    vscode.l10n.t('{0} selected', formatCount(selected)),
    ...(unscored === 0 ? [] : [vscode.l10n.t('{0} without score', formatCount(unscored))]),
  ].join(' · ');
  lines(markdown, staleness(state));
  lines(markdown, [`**${escapeMarkdown(written)}**`, escapeMarkdown(counts)]);
  const [worst] = first;
  if (worst !== undefined) {
    const target = { adapter: state.adapter, modules: [worst.result.module] };
    lines(markdown, [commandLink(vscode.l10n.t('Open Scores'), COMMANDS.revealModule, target)]);
  }
  const rows = first.map(
    (view) =>
      `| ${verdictIcon(view)} ${escapeMarkdown(view.result.module)} | ${escapeMarkdown(scoreText(view.result, rankBy))} |`,
  );
  const head = [`| ${vscode.l10n.t('Ranked first')} | ${escapeMarkdown(scoreLabel(rankBy))} |`, '|:--|--:|'];
  markdown.appendMarkdown([...head, ...rows, '', ''].join('\n'));
  lines(markdown, [origin(state)]);
  return markdown;
}

/** The same modules at each analyzed step of a run; of several, the one that is pruned first. */
export function appendSteps(
  markdown: vscode.MarkdownString,
  states: readonly AdapterState[],
  names: readonly string[],
): void {
  const [first] = states;
  if (first === undefined || states.length < 2) return;
  const { rankBy } = first.selection;
  const rows = states.slice(0, MAX_STEPS).map((state) => {
    const all = moduleViews(state);
    const views = names.flatMap((name) => all.get(name) ?? []);
    const [worst] = views.toSorted((x, y) => rankOrder(x.verdict) - rankOrder(y.verdict));
    const cells =
      worst === undefined
        ? ['–', '–']
        : [scoreText(worst.result, rankBy), verdictText(worst.result, worst.verdict)];
    return `| ${[adapterLabel(state.adapter), ...cells].map((cell) => escapeMarkdown(cell)).join(' | ')} |`;
  });
  const head = [vscode.l10n.t('Step'), escapeMarkdown(scoreLabel(rankBy)), vscode.l10n.t('Verdict')];
  markdown.appendMarkdown([`| ${head.join(' | ')} |`, '|:--|--:|:--|', ...rows, '', ''].join('\n'));
}

/** A hover has room for some rows; the report of the run has all. */
const MAX_STEPS = 12;

function verdictIcon({ result, verdict, standsOut }: ModuleView): string {
  if (standsOut !== null) return '$(warning)';
  if (verdict.by === 'pin') return '$(pinned)';
  if (verdict.verdict === 'prune') return '$(diff-removed)';
  return result.status === 'scored' ? '$(circle-small)' : '$(circle-slash)';
}

/** Comes first, since it casts doubt on everything below. */
function staleness({ stale }: AdapterState): readonly string[] {
  return stale === null ? [] : [`$(history) ${staleText(escapeMarkdown(stale))}`];
}

function origin(state: AdapterState): string {
  return vscode.l10n.t('Adapter: {0}', escapeMarkdown(adapterLabel(state.adapter)));
}

function trusted(): vscode.MarkdownString {
  const markdown = new vscode.MarkdownString('', true);
  markdown.isTrusted = { enabledCommands: [...HOVER_COMMANDS] };
  return markdown;
}

/** Each on a line of its own, then a paragraph's end. */
function lines(markdown: vscode.MarkdownString, texts: readonly string[]): void {
  if (texts.length > 0) markdown.appendMarkdown(`${texts.join('  \n')}\n\n`);
}
