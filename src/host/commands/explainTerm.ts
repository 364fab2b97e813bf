import * as vscode from 'vscode';
import type { TermId } from '../../core/report/terms';

/** Shows the page of terms in the language of the window, at a term. @returns its place */
export async function explainTerm(extension: vscode.Uri, term: TermId | undefined): Promise<vscode.Uri> {
  const page = await pageOfLanguage(vscode.Uri.joinPath(extension, 'media', 'docs'));
  const place = term === undefined ? page : page.with({ fragment: term });
  await vscode.commands.executeCommand('markdown.showPreview', place);
  return place;
}

/** Named as VS Code names the pages of a walkthrough. */
async function pageOfLanguage(folder: vscode.Uri): Promise<vscode.Uri> {
  const english = vscode.Uri.joinPath(folder, 'terms.md');
  const [language = 'en'] = vscode.env.language.split('-');
  const translated = vscode.Uri.joinPath(folder, `terms.nls.${language}.md`);
  const names = (await vscode.workspace.fs.readDirectory(folder)).map(([name]) => `/${name}`);
  return names.some((name) => translated.path.endsWith(name)) ? translated : english;
}
