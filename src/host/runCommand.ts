import * as vscode from 'vscode';
import { ButtonCall } from './commands/call';
import type { OptionsOf } from './commandTable';
import { COMMANDS, type CommandName } from './ids';

/** Runs a command as its button: the user may be asked, and is shown what fails. */
export function runCommand<K extends CommandName>(
  name: K,
  adapter?: string,
  options?: OptionsOf<K>,
): Thenable<unknown> {
  return vscode.commands.executeCommand(COMMANDS[name], new ButtonCall(adapter, options));
}
