import * as vscode from 'vscode';
import { ALIASES, COMMANDS, type CommandName } from '../ids';
import type { Services } from '../services';

/** Commands that the tree registers: they only concern it. */
type TreeCommand = 'treeSortByScore' | 'treeSortByName' | 'treeShowMarked' | 'treeShowAll';
export type HandledCommand = Exclude<CommandName, TreeCommand>;

/** Registers every command but those of the tree. Their code is loaded when the first of them is run. */
export function registerCommands(services: Services): vscode.Disposable {
  const names = Object.keys(COMMANDS) as CommandName[];
  const handled = names.filter((name): name is HandledCommand => !name.startsWith('tree'));
  const register = (name: HandledCommand): vscode.Disposable =>
    vscode.commands.registerCommand(COMMANDS[name], async (...args: readonly unknown[]) =>
      (await import('./handlers')).runHandler(services, name, args),
    );
  const aliases = Object.values(ALIASES).map(({ id, runs }) =>
    vscode.commands.registerCommand(id, () => vscode.commands.executeCommand(COMMANDS[runs])),
  );
  return vscode.Disposable.from(...handled.map(register), ...aliases);
}
