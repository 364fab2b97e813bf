import * as vscode from 'vscode';
import { visibleText } from '../../core/report/escape';
import { formatCount } from '../format';
import { COMMANDS, type CommandId, type ModuleTarget } from '../ids';
import type { ProblemCode } from './problems';

/** A diagnostic with its modules, for quick fixes. */
export interface ModuleDiagnostic extends ModuleTarget {
  readonly diagnostic: vscode.Diagnostic;
  readonly code: ProblemCode;
}

/** Pin as keep, prune, unpin and open scores. */
export function quickFixes(found: ModuleDiagnostic): vscode.CodeAction[] {
  const { modules, code } = found;
  const [only] = modules;
  const one = modules.length === 1 && only !== undefined ? visibleText(only) : undefined;
  const count = formatCount(modules.length);
  const keep =
    one === undefined
      ? vscode.l10n.t('Pin {0} Modules as Keep', count)
      : vscode.l10n.t('Pin as Keep: {0}', one);
  const prune =
    one === undefined
      ? vscode.l10n.t('Pin {0} Modules as Prune', count)
      : vscode.l10n.t('Pin as Prune: {0}', one);
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
