import * as vscode from 'vscode';
import { visibleText } from '../../core/report/escape';
import { encodeMessage } from '../../protocol/panelWire';
import { Disposable } from '../disposable';
import { translate } from '../format';
import { EDITORS } from '../ids';
import { loadPage } from '../loadPage';
import { parseComparison } from '../pageMessages';
import type { Services } from '../services';
import { ComparisonSession, type ComparisonParts } from './session';
import type { ComparisonSource } from './source';

interface OpenPage {
  readonly panel: vscode.WebviewPanel;
  readonly session: ComparisonSession;
}

/** The pages that compare adapters, one for each comparison; restored after a reload of the window. */
export class ComparisonPanels extends Disposable {
  readonly #pages = new Map<string, OpenPage>();

  constructor(
    private readonly services: Services,
    private readonly onError: (thrown: unknown) => void,
  ) {
    super();
    const deserializeWebviewPanel = async (panel: vscode.WebviewPanel, state: unknown): Promise<void> => {
      const request = parseComparison(state);
      if (request === null) return void panel.dispose();
      const source = (await import('./sources')).openSource(services, request);
      if (this.#pages.has(source.key)) panel.dispose();
      else this.#adopt(panel, source);
    };
    this._register(
      vscode.window.registerWebviewPanelSerializer(EDITORS.comparison, { deserializeWebviewPanel }),
    );
    this._register(
      services.store.onDidChange((adapter) => {
        for (const { session } of this.#pages.values()) session.storeChanged(adapter);
      }),
    );
    this._register({
      dispose: () => {
        for (const { panel } of [...this.#pages.values()]) panel.dispose();
      },
    });
  }

  /** Opens a comparison, or reveals its page with a newer result. */
  show(source: ComparisonSource): void {
    const open = this.#pages.get(source.key);
    if (open !== undefined) {
      open.session.replace(source);
      return open.panel.reveal();
    }
    const column = vscode.window.activeTextEditor?.viewColumn ?? vscode.ViewColumn.Active;
    const options = { enableFindWidget: false };
    this.#adopt(vscode.window.createWebviewPanel(EDITORS.comparison, '', column, options), source);
  }

  #adopt(panel: vscode.WebviewPanel, source: ComparisonSource): void {
    const { log, reports, surfaces, context } = this.services;
    const { extensionUri } = context;
    panel.title = visibleText(source.title);
    const icon = (theme: string): vscode.Uri =>
      vscode.Uri.joinPath(extensionUri, 'media', `panel-${theme}.svg`);
    panel.iconPath = { light: icon('light'), dark: icon('dark') };
    const parts: ComparisonParts = {
      post: (message) => panel.webview.postMessage(encodeMessage(message)),
      onError: this.onError,
      log,
      showLog: () => log.show(),
      translate,
      translations: { ...vscode.l10n.bundle },
      showReport: (title, markdown) => reports.show(title, markdown),
      showPanel: (adapter, module) => surfaces.showPanel(adapter, module),
    };
    const session = new ComparisonSession(parts, source);
    session.own(
      panel.onDidChangeViewState(() => {
        if (!panel.visible) session.pageGone();
      }),
    );
    const { key } = source;
    this.#pages.set(key, { panel, session });
    panel.onDidDispose(() => {
      this.#pages.delete(key);
      session.dispose();
    });
    loadPage(panel.webview, extensionUri, 'comparison', session);
  }
}
