import * as vscode from 'vscode';
import { evidenceOf } from '../../core/evidence/evidence';
import { Disposable } from '../disposable';
import { standOutText } from '../format';
import { COMMANDS, CONTEXT, VIEWS } from '../ids';
import { AdapterRefresh } from '../state/adapterRefresh';
import type { AdapterRuns, BusyState } from '../state/adapterRuns';
import type { AnalysisStore } from '../state/analysisStore';
import type { AdapterState } from '../state/types';
import { showBusy } from '../windowText';
import { AdapterOrigins } from './adapterOrigins';
import { CheckClicks } from './checkClicks';
import { addTooltip, runItem, treeItem, type Activity } from './treeItems';
import {
  adapterNode,
  blockNodes,
  blockOf,
  moduleNodes,
  rootNodes,
  type AdapterNode,
  type RunNode,
  type TreeNode,
  type TreeOptions,
} from './treeModel';

/** Progress comes ten times a second and a dragged cut oftener; the tree follows at this pace. */
const REFRESH_MS = 150;

/** Adapters, their blocks and modules in the activity bar, with a check box for what stays. */
export class AdapterTree extends Disposable implements vscode.TreeDataProvider<TreeNode> {
  readonly #changed = this._register(new vscode.EventEmitter<TreeNode | undefined>());
  readonly #view: vscode.TreeView<TreeNode>;
  readonly #adapters = new Map<string, AdapterNode>();
  #shown: readonly string[] = [];
  #roots: readonly (RunNode | AdapterNode)[] = [];
  /** Adapter -> its run. */
  readonly #runs = new Map<string, RunNode>();
  readonly #origins: AdapterOrigins;
  #onlyResult: string | undefined;
  /** Adapters whose rows were last shown without anything to unfold. */
  readonly #leaves = new Set<string>();
  /** Adapters that are being measured or repaired. */
  readonly #active = new Map<string, Activity>();
  #options: TreeOptions = { sort: 'name', markedOnly: false };
  #endProgress: (() => void) | undefined;
  readonly #clicks = new CheckClicks();

  readonly onDidChangeTreeData = this.#changed.event;

  constructor(
    private readonly store: AnalysisStore,
    private readonly runs: Readonly<Record<Activity, AdapterRuns<BusyState>>>,
  ) {
    super();
    this.#view = this._register(
      vscode.window.createTreeView(VIEWS.adapters, {
        treeDataProvider: this,
        canSelectMany: true,
        manageCheckboxStateManually: true,
        showCollapseAll: true,
      }),
    );
    this._register(this.#view.onDidChangeCheckboxState(({ items }) => this.#check(items)));
    this._register(this.#view.onDidChangeVisibility(() => this.#unfold()));
    const drawn = this._register(
      new AdapterRefresh(store, REFRESH_MS, (adapters) => this.#refresh(adapters)),
    );
    this.#origins = this._register(new AdapterOrigins(store, (adapter) => drawn.soon(adapter)));
    for (const run of [runs.measuring, runs.repairing])
      this._register(run.onDidChange((adapter) => this.#follow(adapter, drawn)));
    this._register(vscode.workspace.onDidGrantWorkspaceTrust(() => drawn.soon(undefined)));
    this._register({ dispose: () => this.#endProgress?.() });
    this.#toggle(COMMANDS.treeSortByScore, { sort: 'score' });
    this.#toggle(COMMANDS.treeSortByName, { sort: 'name' });
    this.#toggle(COMMANDS.treeShowMarked, { markedOnly: true });
    this.#toggle(COMMANDS.treeShowAll, { markedOnly: false });
    this.#tellOptions();
    drawn.soon(undefined);
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    if (node.kind === 'run') return runItem(node);
    const state = this.store.get(node.adapter);
    if (state === undefined) return new vscode.TreeItem('');
    if (state.document === null) this.#leaves.add(node.adapter);
    return treeItem(state, node, {
      isOnlyResult: node.adapter === this.#onlyResult,
      activity: this.#active.get(node.adapter) ?? null,
      run: this.#runs.get(node.adapter)?.adapter,
      origin: this.#origins.get(node.adapter),
    });
  }

  resolveTreeItem(item: vscode.TreeItem, node: TreeNode): vscode.TreeItem {
    const state = node.kind === 'run' ? undefined : this.store.get(node.adapter);
    return node.kind === 'run' || state === undefined ? item : addTooltip(item, state, node);
  }

  /** VS Code asks on the way to a row that is to be unfolded. */
  getParent(node: TreeNode): TreeNode | undefined {
    if (node.kind === 'run') return undefined;
    if (node.kind === 'adapter') return this.#runs.get(node.adapter);
    const state = this.store.get(node.adapter);
    if (state === undefined) return undefined;
    return node.kind === 'block' ? this.#adapter(node.adapter) : blockOf(state, node.module);
  }

  getChildren(node?: TreeNode): TreeNode[] {
    return [...this.#children(node)];
  }

  #children(node: TreeNode | undefined): readonly TreeNode[] {
    if (node === undefined) {
      this.#look();
      return this.#roots;
    }
    if (node.kind === 'run') return node.adapters.map((adapter) => this.#adapter(adapter));
    const state = this.store.get(node.adapter);
    if (state === undefined || node.kind === 'module') return [];
    return node.kind === 'adapter'
      ? blockNodes(state, this.#options)
      : moduleNodes(state, node, this.#options);
  }

  /** Draws a row when a measurement or repair begins and ends: the panel shows what comes between. */
  #follow(adapter: string, drawn: AdapterRefresh): void {
    const { measuring, repairing } = this.runs;
    const activity = repairing.isRunning(adapter)
      ? 'repairing'
      : measuring.isRunning(adapter)
        ? 'measuring'
        : undefined;
    if (activity === this.#active.get(adapter)) return;
    if (activity === undefined) this.#active.delete(adapter);
    else this.#active.set(adapter, activity);
    drawn.soon(adapter);
  }

  /** Once for all rows: there may be thousands. */
  #look(): void {
    const { adapters } = this.store;
    this.#shown = adapters.map(({ adapter }) => adapter);
    this.#setRoots();
    const [first, second] = adapters.filter(({ document }) => document !== null);
    this.#onlyResult = second === undefined ? first?.adapter : undefined;
  }

  #setRoots(): void {
    this.#runs.clear();
    this.#roots = rootNodes(this.#shown).map((node) =>
      node.kind === 'run' ? node : this.#adapter(node.adapter),
    );
    for (const node of this.#roots)
      if (node.kind === 'run') for (const adapter of node.adapters) this.#runs.set(adapter, node);
  }

  #adapter(adapter: string): AdapterNode {
    const node = this.#adapters.get(adapter) ?? adapterNode(adapter);
    this.#adapters.set(adapter, node);
    return node;
  }

  /** A check box pins: what it says then holds whatever the rule says. A second click takes back the first. */
  #check(items: readonly (readonly [TreeNode, vscode.TreeItemCheckboxState])[]): void {
    for (const [node, checked] of items) {
      const pins = this.store.get(node.adapter)?.selection.pins;
      if (node.kind === 'adapter' || node.kind === 'run' || pins === undefined) continue;
      const verdict = checked === vscode.TreeItemCheckboxState.Checked ? 'keep' : 'prune';
      const change = this.#clicks.next(node, pins, verdict);
      this.store.setPins(node.adapter, change);
    }
  }

  /** Each toggle is two commands, so that the icon shows the state. */
  #toggle(command: string, change: Partial<TreeOptions>): void {
    const apply = (): void => {
      this.#options = { ...this.#options, ...change };
      this.#tellOptions();
      this.#refresh(undefined);
    };
    this._register(vscode.commands.registerCommand(command, apply));
  }

  /** VS Code keeps these keys when the extension host restarts, and would show the wrong buttons. */
  #tellOptions(): void {
    void vscode.commands.executeCommand('setContext', CONTEXT.treeSort, this.#options.sort);
    void vscode.commands.executeCommand('setContext', CONTEXT.treeMarkedOnly, this.#options.markedOnly);
  }

  /** @param changed undefined: all rows */
  #refresh(changed: readonly string[] | undefined): void {
    const before = this.#shown;
    this.#look();
    const sameRoots =
      before.length === this.#shown.length && before.every((one, at) => one === this.#shown[at]);
    if (!sameRoots || changed === undefined) this.#changed.fire(undefined);
    else for (const adapter of changed) this.#changed.fire(this.#adapter(adapter));
    this.#updateView(this.store.adapters);
    this.#unfold();
  }

  /**
   * Opens the only result where its row was shown before: VS Code heeds how a row is to begin only when it is new. A
   * view that is not seen would be brought to the front, so that waits.
   */
  #unfold(): void {
    if (!this.#view.visible) return;
    for (const adapter of this.#leaves) {
      if (this.store.get(adapter)?.document == null) continue;
      this.#leaves.delete(adapter);
      if (this.#shown.includes(adapter) && adapter === this.#onlyResult)
        void this.#view.reveal(this.#adapter(adapter), { select: false, focus: false, expand: true });
    }
  }

  #updateView(states: readonly AdapterState[]): void {
    const { active } = this.store;
    const counted = active?.document == null ? states : [active];
    const value = counted.reduce(
      (sum, { document }) => sum + (document === null ? 0 : evidenceOf(document).standsOut.length),
      0,
    );
    this.#view.badge = value === 0 ? undefined : { value, tooltip: standOutText(value) };
    this.#view.message = states.length > 0 ? this.#message(states) : '';
    this.#showProgress(this.#active.size > 0 || states.some(({ run }) => run.kind === 'running'));
  }

  /** An empty text is no message: the workbench then shows the welcome content of an empty tree. */
  #message(states: readonly AdapterState[]): string {
    const isNew = states.every(({ results }) =>
      Object.values(results).every((result) => result === undefined),
    );
    return [
      ...(vscode.workspace.isTrusted
        ? []
        : [
            vscode.l10n.t(
              'Restricted Mode: only earlier scores are shown. Trust the workspace to read models and write files.',
            ),
          ]),
      ...(isNew && vscode.workspace.isTrusted
        ? [
            vscode.l10n.t(
              'Nothing is measured or analyzed yet. Point at an adapter for its buttons, or right-click it.',
            ),
          ]
        : []),
      ...(this.#options.markedOnly
        ? [vscode.l10n.t('Only modules that stand out or are selected are shown.')]
        : []),
    ].join(' ');
  }

  #showProgress(running: boolean): void {
    if (!running) {
      this.#endProgress?.();
      this.#endProgress = undefined;
    } else if (this.#endProgress === undefined) {
      const ended = new Promise<void>((resolve) => (this.#endProgress = resolve));
      showBusy(VIEWS.adapters, ended);
    }
  }
}
