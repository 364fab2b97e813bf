import * as vscode from 'vscode';
import { Disposable } from '../disposable';
import { SploraError } from '../../core/errors';
import type { CommandId } from '../ids';
import { messageText } from '../messageText';
import { showMessage } from '../windowText';
import { showError } from './errors';
import { meantArguments, type CommandArguments } from './targets';
import { type Message, say } from '../../core/message';

/** What a command does; what it returns goes to whoever called it. */
export type Handler = (args: CommandArguments) => unknown;

export interface CommandOptions {
  /** Reads settings of the workspace or writes files: refused, with the reason, where the workspace is not trusted. */
  readonly needsTrust: boolean;
}

/**
 * Registers commands so that no failure is lost: an error becomes a message with advice, and the caller gets undefined.
 */
export class CommandRegistry extends Disposable {
  readonly #log: vscode.LogOutputChannel;

  constructor(log: vscode.LogOutputChannel) {
    super();
    this.#log = log;
  }

  add(id: CommandId, options: CommandOptions, handler: Handler): void {
    this._register(
      vscode.commands.registerCommand(id, async (...args: unknown[]): Promise<unknown> => {
        if (options.needsTrust && !vscode.workspace.isTrusted) {
          this.#refuse();
          return undefined;
        }
        try {
          return await handler(meantArguments(args, vscode.workspace.workspaceFolders?.[0]?.uri.fsPath));
        } catch (thrown) {
          showError(this.#log, thrown);
          return undefined;
        }
      }),
    );
  }

  #refuse(): void {
    const manage = vscode.l10n.t('Manage Workspace Trust');
    showMessage('Warning', messageText(untrusted()), [manage]).then(
      (picked) => picked === manage && vscode.commands.executeCommand('workbench.trust.manage'),
      (thrown: unknown) => this.#log.error(String(thrown)),
    );
  }
}

function untrusted(): Message {
  return say(
    'This workspace is not trusted, so SPLoRA only inspects its files: the settings of a workspace could point it at files elsewhere, and writing needs your trust.',
  );
}

/** For what asks for trust as commands do, and is none. Throws `bad-request` where the workspace is not trusted. */
export function refuseUntrusted(): void {
  if (!vscode.workspace.isTrusted) throw new SploraError({ code: 'bad-request', message: untrusted() });
}
