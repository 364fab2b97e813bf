import * as vscode from 'vscode';
import type { ScaleMode } from '../../core/ediem/types';
import { visibleText } from '../../core/report/escape';
import { encodeMessage } from '../../protocol/panelWire';
import type { Measurements } from '../behavior/measurements';
import type { Repairs } from '../repair/repairs';
import { Disposable } from '../disposable';
import { adapterLabel, translate } from '../format';
import { EDITORS } from '../ids';
import { loadPage } from '../loadPage';
import { shownPath } from '../models/askModels';
import type { AnalysisStore } from '../state/analysisStore';
import type { PanelActions } from './actions';
import { parsePersisted } from '../pageMessages';
import { PanelSession } from './session';

export interface PanelManagerParts {
  readonly extensionUri: vscode.Uri;
  readonly store: AnalysisStore;
  readonly measurements: Measurements;
  readonly repairs: Repairs;
  readonly actions: PanelActions;
  /** The scale of a running analysis. */
  readonly scale: (adapter: string) => ScaleMode;
  readonly onError: (thrown: unknown) => void;
}

/** The panels, at most one for each adapter; restored after a reload of the window. */
export class PanelManager extends Disposable {
  readonly #parts: PanelManagerParts;
  readonly #panels = new Map<string, OpenPanel>();

  constructor(parts: PanelManagerParts) {
    super();
    this.#parts = parts;
    this._register(
      vscode.window.registerWebviewPanelSerializer(EDITORS.panel, {
        deserializeWebviewPanel: (panel, state) => {
          this.#restore(panel, state);
          return Promise.resolve();
        },
      }),
    );
    this._register({
      dispose: () => {
        for (const { panel } of [...this.#panels.values()]) panel.dispose();
      },
    });
  }

  /** The adapter of the active panel. */
  get inFront(): string | undefined {
    return [...this.#panels].find(([, { panel }]) => panel.active)?.[0];
  }

  /** Opens or reveals the panel of an adapter, and selects a module in it. */
  show(adapter: string, module?: string): void {
    let open = this.#panels.get(adapter);
    if (open === undefined) {
      const column = vscode.window.activeTextEditor?.viewColumn ?? vscode.ViewColumn.Active;
      const panel = vscode.window.createWebviewPanel(EDITORS.panel, '', column, { enableFindWidget: false });
      open = this.#adopt(panel, adapter);
    } else open.panel.reveal();
    if (module !== undefined) open.session.reveal(module);
  }

  #restore(panel: vscode.WebviewPanel, state: unknown): void {
    const persisted = parsePersisted(state);
    if (persisted === null || this.#panels.has(persisted.adapter)) panel.dispose();
    else this.#adopt(panel, persisted.adapter);
  }

  #adopt(panel: vscode.WebviewPanel, adapter: string): OpenPanel {
    const { extensionUri, store, scale, ...parts } = this.#parts;
    const title = adapterLabel(adapter);
    panel.title = vscode.l10n.t('Adapter: {0}', visibleText(title));
    const icon = (theme: string): vscode.Uri =>
      vscode.Uri.joinPath(extensionUri, 'media', `panel-${theme}.svg`);
    panel.iconPath = { light: icon('light'), dark: icon('dark') };
    const session = new PanelSession({
      ...parts,
      store,
      post: (message) => panel.webview.postMessage(encodeMessage(message)),
      trusted: () => vscode.workspace.isTrusted,
      scale: () => scale(adapter),
      translate,
      shownPath,
      init: {
        type: 'init',
        adapter,
        title,
        path: vscode.workspace.asRelativePath(adapter),
        // As loaded for `vscode.l10n.t`: English text -> translated text.
        translations: { ...vscode.l10n.bundle },
      },
    });
    const follow = (): void => {
      if (panel.active) store.setActive(adapter);
    };
    session.own(
      panel.onDidChangeViewState(() => {
        if (!panel.visible) session.pageGone();
        follow();
      }),
    );
    const open = { panel, session };
    this.#panels.set(adapter, open);
    panel.onDidDispose(() => {
      this.#panels.delete(adapter);
      session.dispose();
    });
    follow();
    loadPage(panel.webview, extensionUri, 'main', session);
    return open;
  }
}

interface OpenPanel {
  readonly panel: vscode.WebviewPanel;
  readonly session: PanelSession;
}
