import * as vscode from 'vscode';
import { formatError, toErrorData, type ErrorData } from '../../core/errors';
import { concernsModels } from '../../protocol/errorHelp';
import { COMMANDS } from '../ids';
import { errorText, translatedError } from '../messageText';
import { translate } from '../format';
import { showMessage, type Severity } from '../windowText';
import { failuresText, type Failure } from './tryEach';

/** A button under a message, and what it does. */
export interface MessageAction {
  readonly label: string;
  readonly run: () => unknown;
}

/**
 * Tells what went wrong and what to do, with *Show Log* and what else helps. Does not wait for the answer.
 * @param adapter what the help is about; a person is asked for it unless given
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
 * One message that names all of several that failed, and what to do; none where none did.
 * @param total with those that went well
 * @param actions what helps an adapter that alone failed
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
  // What helps one need not help another.
  const help =
    others.length > 0
      ? []
      : [...actions(first.item, first.thrown), ...helpFor(toErrorData(first.thrown), first.item)];
  offerHelp(log, failuresText(told, total, translate), help);
}

function logError(log: vscode.LogOutputChannel, thrown: unknown, about: string): void {
  const error = toErrorData(thrown);
  log.error(`${about}: ${formatError(error)}`);
  if (error.code === 'internal' && thrown instanceof Error && thrown.stack !== undefined)
    log.error(thrown.stack);
}

function offerHelp(log: vscode.LogOutputChannel, message: string, help: readonly MessageAction[]): void {
  const actions = [...help, { label: vscode.l10n.t('Show Log'), run: () => log.show() }];
  offer(log, 'Error', message, actions);
}

/** A message with buttons, at the place of the notifications. */
export function showInformation(
  log: vscode.LogOutputChannel,
  message: string,
  actions: readonly MessageAction[] = [],
): void {
  offer(log, 'Information', message, actions);
}

/** As `showInformation`, for what a person should look at. */
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

/** The button that lets a person choose other models, for this adapter where one is meant. */
export function chooseModelsAction(adapter: string | undefined): MessageAction {
  // The empty list says that a person asked (see `isScripted`).
  const args = adapter === undefined ? [] : [vscode.Uri.file(adapter), []];
  return {
    label: vscode.l10n.t('Choose Models…'),
    run: () => vscode.commands.executeCommand(COMMANDS.chooseModels, ...args),
  };
}
