import * as vscode from 'vscode';
import { SploraError } from '../../core/errors';
import { say } from '../../core/message';
import { messageText } from '../format';
import type { Log } from '../log';
import { showMessage } from '../windowText';

const UNTRUSTED = say(
  'This workspace is not trusted, so SPLoRA only inspects its files. Trust the workspace to analyze and write adapters: its settings can point SPLoRA to files elsewhere.',
);

/** @throws SploraError `bad-request` in an untrusted workspace */
export function refuseUntrusted(): void {
  if (!vscode.workspace.isTrusted) throw new SploraError({ code: 'bad-request', message: UNTRUSTED });
}

/** Shows why a command did not run. Does not wait for the answer. */
export function offerTrust(log: Log): void {
  const manage = vscode.l10n.t('Manage Workspace Trust');
  showMessage('Warning', messageText(UNTRUSTED), [manage]).then(
    (picked) => picked === manage && vscode.commands.executeCommand('workbench.trust.manage'),
    (thrown: unknown) => log.error(String(thrown)),
  );
}
