import * as vscode from 'vscode';
import { visibleText } from '../../core/report/escape';
import { Disposable } from '../disposable';
import { formatCount } from '../format';
import { ADAPTER_CONFIG, COMMANDS, SCHEMES, type CommandId } from '../ids';
import type { ModuleDiagnostic, ModuleDiagnostics } from './moduleDiagnostics';

/** Pin as keep, prune, unpin and open scores, on our own diagnostics. */
export class QuickFixes extends Disposable implements vscode.CodeActionProvider {
  constructor(private readonly diagnostics: ModuleDiagnostics) {
    super();
    const selector = [{ scheme: 'file', pattern: `**/${ADAPTER_CONFIG}` }, { scheme: SCHEMES.layers }];
    const metadata = { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] };
    this._register(vscode.languages.registerCodeActionsProvider(selector, this, metadata));
  }

  provideCodeActions(document: vscode.TextDocument, range: vscode.Range): vscode.CodeAction[] {
    return this.diagnostics.at(document.uri, range).flatMap(actionsFor);
  }
}

function actionsFor(found: ModuleDiagnostic): vscode.CodeAction[] {
  const { modules, code } = found;
  const [only] = modules;
  const one = modules.length === 1 && only !== undefined ? visibleText(only) : undefined;
  const count = formatCount(modules.length);
  const keep =
    one === undefined
      ? vscode.l10n.t('Pin {0} Modules as Keep', count)
      : vscode.l10n.t('Pin as Keep: {0}', one);
  const prune =
    one === undefined ? vscode.l10n.t('Prune {0} Modules', count) : vscode.l10n.t('Prune: {0}', one);
  const unpin =
    one === undefined ? vscode.l10n.t('Unpin {0} Modules', count) : vscode.l10n.t('Unpin: {0}', one);
  const first = visibleText(only ?? '');
  const open = action(found, vscode.l10n.t('Open Scores: {0}', first), COMMANDS.revealModule);
  if (code === 'splora.pinned') {
    return [action(found, unpin, COMMANDS.unpin), action(found, keep, COMMANDS.pinKeep), open];
  }
  const prunes = action(found, prune, COMMANDS.pinPrune);
  return code === 'splora.flagged' ? [action(found, keep, COMMANDS.pinKeep), prunes, open] : [prunes, open];
}

function action(found: ModuleDiagnostic, title: string, command: CommandId): vscode.CodeAction {
  const { adapter, modules, diagnostic } = found;
  const made = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
  made.command = { command, title, arguments: [{ kind: 'module', adapter, modules }] };
  made.diagnostics = [diagnostic];
  return made;
}
