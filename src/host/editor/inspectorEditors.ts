import { randomBytes } from 'node:crypto';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { Disposable } from '../disposable';
import { EDITORS } from '../ids';
import { inspectorHtml } from './inspectorHtml';
import { InspectorSession, type InspectorParts } from './inspectorSession';

export interface InspectorEditorsParts extends InspectorParts {
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
    const pages = vscode.Uri.joinPath(this.parts.extensionUri, 'dist', 'webview');
    const page = (name: string): string => webview.asWebviewUri(vscode.Uri.joinPath(pages, name)).toString();
    webview.options = { enableScripts: true, localResourceRoots: [pages] };
    const session = new InspectorSession(this.parts, uri, webview);
    this.#sessions.add(session);
    panel.onDidDispose(() => {
      this.#sessions.delete(session);
      session.dispose();
    });
    webview.html = inspectorHtml({
      cspSource: webview.cspSource,
      nonce: randomBytes(16).toString('base64url'),
      script: page('inspector.js'),
      style: page('inspector.css'),
      language: vscode.env.language,
      title: path.posix.basename(uri.path),
    });
  }
}
