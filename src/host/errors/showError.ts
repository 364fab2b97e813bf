import * as vscode from 'vscode';
import { formatError, toErrorData, type ErrorData } from '../../core/errors';
import { concernsModels } from '../../protocol/errorHelp';
import { errorText, translatedError } from '../messageText';
import { translate } from '../format';
import { runCommand } from '../runCommand';
import { showMessage, type Severity } from '../windowText';
import { failuresText, type Failure } from './tryEach';

export interface MessageAction {
  readonly label: string;
  readonly run: () => unknown;
}

/**
 * Shows what went wrong and what to do, with *Show Log* and what else helps. Does not wait for the answer.
 * @param adapter what the help is about; default: the user is asked
 */
export function showError(
  log: vscode.LogOutputChannel,
  thrown: unknown,
  more: readonly MessageAction[] = [],
  adapter?: string,
): void {
  const error = toErrorData(thrown);
  if (error.code === 'cancelled') {
    log.info(formatError(error));
    return;
  }
  logError(log, thrown, error.code);
  offerHelp(log, errorText(error), [...more, ...helpFor(error, adapter)]);
}

/**
 * One message about all that failed; none without failures.
 * @param total number of all, with those that succeeded
 * @param actions what helps if only one failed
 */
export function showFailures(
  log: vscode.LogOutputChannel,
  failures: readonly Failure[],
  total: number,
  actions: (adapter: string, thrown: unknown) => readonly MessageAction[] = () => [],
): void {
  for (const { item, thrown } of failures) logError(log, thrown, item);
  const [first, ...others] = failures;
  if (first === undefined) return;
  const told = failures.map(({ item, thrown }) => ({
    label: vscode.workspace.asRelativePath(item),
    error: translatedError(toErrorData(thrown)),
  }));
  const help =
    others.length > 0
      ? []
      : [...actions(first.item, first.thrown), ...helpFor(toErrorData(first.thrown), first.item)];
  offerHelp(log, failuresText(told, total, translate), help);
}

export function logError(log: vscode.LogOutputChannel, thrown: unknown, about: string): void {
  const error = toErrorData(thrown);
  log.error(`${about}: ${formatError(error)}`);
  if (error.code === 'internal' && thrown instanceof Error && thrown.stack !== undefined)
    log.error(thrown.stack);
}

function offerHelp(log: vscode.LogOutputChannel, message: string, help: readonly MessageAction[]): void {
  const actions = [...help, { label: vscode.l10n.t('Show Log'), run: () => log.show() }];
  offer(log, 'Error', message, actions);
}

export function showInformation(
  log: vscode.LogOutputChannel,
  message: string,
  actions: readonly MessageAction[] = [],
): void {
  offer(log, 'Information', message, actions);
}

export function showWarning(
  log: vscode.LogOutputChannel,
  message: string,
  actions: readonly MessageAction[] = [],
): void {
  offer(log, 'Warning', message, actions);
}

function offer(
  log: vscode.LogOutputChannel,
  severity: Severity,
  message: string,
  actions: readonly MessageAction[],
): void {
  const labels = actions.map((action) => action.label);
  showMessage(severity, message, labels).then(
    async (label) => {
      try {
        await actions.find((action) => action.label === label)?.run();
      } catch (thrown) {
        showError(log, thrown);
      }
    },
    (thrown: unknown) => log.error(String(thrown)),
  );
}

function helpFor(error: ErrorData, adapter: string | undefined): readonly MessageAction[] {
  return concernsModels(error) ? [chooseModelsAction(adapter)] : [];
}

/** Lets the user choose other models, for this adapter if it is given. */
export function chooseModelsAction(adapter: string | undefined): MessageAction {
  return { label: vscode.l10n.t('Choose Models…'), run: () => runCommand('chooseModels', adapter) };
}
