import * as path from 'node:path';
import * as vscode from 'vscode';
import { evidenceOf } from '../../core/evidence/evidence';
import { selectedCount } from '../../core/selection/select';
import { isPair } from '../../core/report/analysis';
import { escapeMarkdown, visibleText } from '../../core/report/escape';
import {
  adapterLabel,
  formatCount,
  moduleCount,
  progressText,
  selectedText,
  standOutText,
  staleText,
  errorText,
  messageText,
} from '../format';
import { moduleMarkdown } from '../hover/moduleMarkdown';
import { scoreText, verdictText } from '../hover/wording';
import type { Verdict } from '../../core/selection/types';
import { COMMANDS, TREE_ITEMS } from '../ids';
import type { AdapterState } from '../state/types';
import {
  isMeasured,
  moduleViews,
  pinContext,
  rankOrder,
  type BlockNode,
  type ModuleNode,
  type ModuleView,
  type RunNode,
  type TreeNode,
} from './treeModel';

/** What a row shows that is not in the state of its adapter. */
interface AdapterRow {
  readonly isOnlyResult: boolean;
  readonly activity: Activity | null;
  /** Folder of the run that the row is below. */
  readonly run: string | undefined;
  /** What repaired copy it is; undefined for an adapter that was trained. */
  readonly origin: string | undefined;
}

/** What runs besides an analysis, whose progress is in the state. */
export type Activity = 'measuring' | 'repairing';

/** How a node looks; the tooltip comes with `addTooltip`, when it is asked for. */
export function treeItem(
  state: AdapterState,
  node: Exclude<TreeNode, RunNode>,
  row: AdapterRow,
): vscode.TreeItem {
  switch (node.kind) {
    case 'adapter':
      return adapterItem(state, row);
    case 'block':
      return blockItem(state, node);
    case 'module':
      return moduleItem(state, node);
  }
}

export function runItem({ id, adapter: folder, adapters }: RunNode): vscode.TreeItem {
  const item = new vscode.TreeItem(
    visibleText(vscode.workspace.asRelativePath(folder)),
    vscode.TreeItemCollapsibleState.Expanded,
  );
  item.id = id;
  item.contextValue = TREE_ITEMS.run;
  item.description = vscode.l10n.t('training run · {0} adapters', formatCount(adapters.length));
  item.iconPath = new vscode.ThemeIcon('versions');
  item.tooltip = visibleText(folder);
  return item;
}

export function addTooltip(
  item: vscode.TreeItem,
  state: AdapterState,
  node: Exclude<TreeNode, RunNode>,
): vscode.TreeItem {
  if (node.kind === 'adapter') item.tooltip = adapterTooltip(state);
  if (node.kind === 'block') item.tooltip = moduleCount(node.modules.length);
  const view = node.kind === 'module' ? moduleViews(state).get(node.module) : undefined;
  if (view !== undefined) item.tooltip = moduleMarkdown(state, view);
  return item;
}

function adapterItem(state: AdapterState, row: AdapterRow): vscode.TreeItem {
  const { isOnlyResult, activity, run, origin } = row;
  const { Collapsed, Expanded, None } = vscode.TreeItemCollapsibleState;
  const open = isOnlyResult ? Expanded : Collapsed;
  const name = visibleText(run === undefined ? adapterLabel(state.adapter) : nameInRun(state.adapter, run));
  const item = new vscode.TreeItem(
    state.isGone === true ? struckThrough(name) : name,
    state.document === null ? None : open,
  );
  item.id = state.adapter;
  const isRunning = activity !== null || state.run.kind === 'running';
  item.contextValue = isRunning ? TREE_ITEMS.adapterRunning : TREE_ITEMS.adapter;
  const [description, icon] = adapterStatus(state, activity);
  if (state.isGone === true) item.accessibilityInformation = { label: `${name}, ${description}` };
  const parts =
    state.document === null && !isRunning && origin !== undefined ? [origin] : [origin, description];
  item.description = parts.filter((part) => part !== undefined).join(' · ');
  item.iconPath = icon;
  return item;
}

/** VS Code draws no such labels by itself. */
function struckThrough(text: string): string {
  return text.replace(/./gsu, (character) => `${character}\u0336`);
}

/** `checkpoint-500`, `0000100_adapters.safetensors`; the adapter of the run's folder itself is the final one. */
function nameInRun(adapter: string, run: string): string {
  const name = path.relative(run, path.dirname(adapter));
  if (name !== '') return name;
  const file = path.basename(adapter);
  return /^\d/.test(file) ? file : vscode.l10n.t('final adapter');
}

function adapterStatus(state: AdapterState, activity: Activity | null): readonly [string, vscode.ThemeIcon] {
  const { run, stale, document, results, verdicts } = state;
  if (run.kind === 'running') {
    const text = run.progress === null ? vscode.l10n.t('starting…') : progressText(run.progress);
    return [visibleText(text), new vscode.ThemeIcon('loading~spin')];
  }
  if (activity !== null) {
    const text = { measuring: vscode.l10n.t('measuring behavior…'), repairing: vscode.l10n.t('repairing…') };
    return [text[activity], new vscode.ThemeIcon('loading~spin')];
  }
  if (run.kind === 'failed' && run.error.code !== 'cancelled') {
    return [visibleText(messageText(run.error.message)), themed('error', 'list.errorForeground')];
  }
  if (document === null) {
    return isMeasured(results)
      ? [vscode.l10n.t('behavior measured'), new vscode.ThemeIcon('layers')]
      : [vscode.l10n.t('not analyzed'), new vscode.ThemeIcon('circle-outline')];
  }
  const count = evidenceOf(document).standsOut.length;
  const text = `${standOutText(count)} · ${selectedText(selectedCount(verdicts), verdicts.length)}`;
  if (stale !== null)
    return [vscode.l10n.t('{0} · out of date', text), themed('history', 'list.warningForeground')];
  return [text, count === 0 ? new vscode.ThemeIcon('layers') : evidenceIcon];
}

function adapterTooltip(state: AdapterState): vscode.MarkdownString {
  const { document, stale, run } = state;
  const markdown = new vscode.MarkdownString(`**${escapeMarkdown(adapterLabel(state.adapter))}**\n\n`, true);
  const add = (text: string): unknown => markdown.appendMarkdown(`${text}\n\n`);
  if (run.kind === 'failed') add(`$(error) ${escapeMarkdown(errorText(run.error))}`);
  if (stale !== null) add(`$(history) ${staleText(escapeMarkdown(stale))}`);
  add(escapeMarkdown(state.adapter));
  if (document === null) return markdown;
  add(vscode.l10n.t('Base: {0}', escapeMarkdown(document.base)));
  add(vscode.l10n.t('Aligned: {0}', escapeMarkdown(document.aligned)));
  for (const note of document.notes.slice(0, MAX_NOTES)) add(escapeMarkdown(messageText(note)));
  return markdown;
}

/** A tooltip is no report: the panel has all notes. */
const MAX_NOTES = 5;

function blockItem(state: AdapterState, node: BlockNode): vscode.TreeItem {
  const views = node.modules.flatMap((name) => moduleViews(state).get(name) ?? []);
  const name = node.name === null ? vscode.l10n.t('outside blocks') : visibleText(node.name);
  const item = new vscode.TreeItem(name, vscode.TreeItemCollapsibleState.Collapsed);
  const selected = selectedCount(views.map(({ verdict }) => verdict));
  const count = views.filter(({ standsOut }) => standsOut !== null).length;
  const [first] = views.toSorted((x, y) => rankOrder(x.verdict) - rankOrder(y.verdict));
  const score = first?.verdict.rankPosition == null ? '' : scoreText(first.result, state.selection.rankBy);
  item.id = node.id;
  item.contextValue = pinContext(state, node);
  const counts = [
    ...(count === 0 ? [] : [standOutText(count)]),
    ...(selected === 0 ? [] : [selectedText(selected, views.length)]),
  ];
  item.description = [score, ...counts].join(' · ');
  item.iconPath = count === 0 ? new vscode.ThemeIcon('symbol-namespace') : evidenceIcon;
  const kept = selected === 0 ? 'keep' : selected === views.length ? 'prune' : 'mixed';
  item.checkboxState = checkbox(kept, vscode.l10n.t('Keep all modules of {0}', name));
  return item;
}

function moduleItem(state: AdapterState, node: ModuleNode): vscode.TreeItem {
  const label = visibleText(node.label);
  const item = new vscode.TreeItem(label, vscode.TreeItemCollapsibleState.None);
  item.id = node.id;
  const view = moduleViews(state).get(node.module);
  if (view === undefined) return item;
  const { result, verdict, standsOut } = view;
  const score = scoreText(result, state.selection.rankBy);
  item.contextValue = pinContext(state, node);
  const evidence = standsOut === null ? [] : [vscode.l10n.t('stands out')];
  const isUsual =
    verdict.by !== 'pin' && verdict.verdict === 'keep' && (isPair(result) || result.status !== 'scored');
  item.description = [score, ...evidence, ...(isUsual ? [] : [verdictText(result, verdict)])].join(' · ');
  item.iconPath = moduleIcon(view);
  const spoken = [label, score, ...evidence, verdictText(result, verdict)].join(', ');
  item.accessibilityInformation = { label: spoken };
  item.checkboxState = checkbox(verdict.verdict, vscode.l10n.t('Keep {0}', label));
  item.command = {
    command: COMMANDS.revealModule,
    title: vscode.l10n.t('Open Scores'),
    arguments: [node],
  };
  return item;
}

/** Only what stands out has a color; shapes differ, so that it is never alone in telling. */
function moduleIcon({ result, verdict, standsOut }: ModuleView): vscode.ThemeIcon {
  if (standsOut !== null) return evidenceIcon;
  if (verdict.by === 'pin') return new vscode.ThemeIcon(verdict.verdict === 'keep' ? 'pinned' : 'trash');
  if (verdict.verdict === 'prune') return new vscode.ThemeIcon('diff-removed');
  return new vscode.ThemeIcon(result.status === 'scored' ? 'circle-small' : 'circle-slash');
}

const evidenceIcon = new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));

function themed(icon: string, color: string): vscode.ThemeIcon {
  return new vscode.ThemeIcon(icon, new vscode.ThemeColor(color));
}

/** Checked means kept. VS Code draws two states: the third is told by the tooltip, aloud, and by the counts of the row. */
function checkbox(kept: Verdict | 'mixed', spoken: string): NonNullable<vscode.TreeItem['checkboxState']> {
  const { Checked, Unchecked } = vscode.TreeItemCheckboxState;
  const tooltips = {
    keep: vscode.l10n.t('Kept. Uncheck to select for pruning.'),
    mixed: vscode.l10n.t('Some modules are kept. Check to keep all.'),
    prune: vscode.l10n.t('Selected for pruning. Check to keep.'),
  };
  return {
    state: kept === 'keep' ? Checked : Unchecked,
    tooltip: tooltips[kept],
    accessibilityInformation: { label: kept === 'mixed' ? `${spoken}. ${tooltips.mixed}` : spoken },
  };
}
