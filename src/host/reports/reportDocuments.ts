import * as vscode from 'vscode';
import { visibleText } from '../../core/report/escape';
import { Disposable } from '../disposable';
import { SCHEMES } from '../ids';

/** Reports of this session as read-only Markdown documents. */
export class ReportDocuments extends Disposable implements vscode.TextDocumentContentProvider {
  readonly #texts = new Map<string, string>();
  readonly #emitter = this._register(new vscode.EventEmitter<vscode.Uri>());
  readonly onDidChange = this.#emitter.event;

  constructor() {
    super();
    this._register(vscode.workspace.registerTextDocumentContentProvider(SCHEMES.report, this));
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return (
      this.#texts.get(uri.toString()) ??
      vscode.l10n.t('This report is from an earlier session. Run the command again.')
    );
  }

  /** Opens a report as a rendered page. @param name shown on the tab; the same name replaces the report */
  async show(name: string, markdown: string): Promise<vscode.Uri> {
    const file = visibleText(name).replace(/[\\/]/g, '∕');
    const uri = vscode.Uri.from({ scheme: SCHEMES.report, path: `/${file}.md` });
    this.#texts.set(uri.toString(), markdown);
    this.#emitter.fire(uri);
    await vscode.commands.executeCommand('markdown.showPreview', uri);
    return uri;
  }
}
