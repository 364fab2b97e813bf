import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { PageSession } from './pageSession';
import { pageHtml } from './pageHtml';

/** Makes a webview the page of a session, under the same policy and options for every page. @param name of its bundle */
export function loadPage(
  webview: vscode.Webview,
  extensionUri: vscode.Uri,
  name: string,
  session: Pick<PageSession<never, never>, 'receive' | 'trustChanged' | 'own'>,
): void {
  session.own(webview.onDidReceiveMessage((message: unknown) => session.receive(message)));
  session.own(vscode.workspace.onDidGrantWorkspaceTrust(() => session.trustChanged()));
  const folder = vscode.Uri.joinPath(extensionUri, 'dist', 'webview');
  webview.options = { enableScripts: true, enableForms: false, localResourceRoots: [folder] };
  const uri = (file: string): string => webview.asWebviewUri(vscode.Uri.joinPath(folder, file)).toString();
  webview.html = pageHtml({
    cspSource: webview.cspSource,
    nonce: randomBytes(24).toString('base64url'),
    script: uri(`${name}.js`),
    style: uri(`${name}.css`),
    language: vscode.env.language,
  });
}
