import * as vscode from 'vscode';
import { Disposable } from '../disposable';
import { EDITORS } from '../ids';
import { loadPage } from '../loadPage';
import type { HostToInspector } from '../../protocol/inspector';
import { encodeMessage } from '../../protocol/panelWire';
import { InspectorSession, type InspectorParts } from './inspectorSession';

export interface InspectorEditorsParts extends Pick<InspectorParts, 'inspect' | 'log' | 'onError'> {
  readonly extensionUri: vscode.Uri;
}

/** Opens `.safetensors` files read-only: the default for adapters, a choice for all others. */
export class InspectorEditors extends Disposable implements vscode.CustomReadonlyEditorProvider {
  readonly #sessions = new Set<InspectorSession>();

  constructor(private readonly parts: InspectorEditorsParts) {
    super();
    this._register({ dispose: () => this.#sessions.forEach((session) => session.dispose()) });
    for (const viewType of [EDITORS.adapterInspector, EDITORS.inspector]) {
      this._register(
        vscode.window.registerCustomEditorProvider(viewType, this, {
          supportsMultipleEditorsPerDocument: true,
        }),
      );
    }
  }

  openCustomDocument(uri: vscode.Uri): vscode.CustomDocument {
    return { uri, dispose: () => undefined };
  }

  resolveCustomEditor({ uri }: vscode.CustomDocument, panel: vscode.WebviewPanel): void {
    const { webview } = panel;
    const post = (message: HostToInspector): Thenable<boolean> => webview.postMessage(encodeMessage(message));
    const session = new InspectorSession({ ...this.parts, uri, post });
    this.#sessions.add(session);
    panel.onDidDispose(() => {
      this.#sessions.delete(session);
      session.dispose();
    });
    loadPage(webview, this.parts.extensionUri, 'inspector', session);
  }
}
