import * as vscode from 'vscode';
import { plainText, visibleLines } from '../core/report/escape';
import type { ProgressEvent } from '../protocol/engineApi';
import { progressText } from './format';

// VS Code reads links that run commands out of messages, progress and input boxes, and icons out of lists and the status
// bar. All text that it shows there passes this file, which makes it literal last; lint refuses these functions elsewhere.

export type Severity = 'Error' | 'Warning' | 'Information';

/** A message with buttons; with a `detail` it is a dialog that waits for an answer. @returns the button */
export function showMessage(
  severity: Severity,
  message: string,
  buttons: readonly string[] = [],
  detail?: string,
): Thenable<string | undefined> {
  const options = detail === undefined ? {} : { modal: true, detail: plainText(detail) };
  const show = vscode.window[`show${severity}Message`];
  return show(plainText(message), options, ...buttons.map((button) => plainText(button)));
}

export interface ProgressLine {
  /** @param increment percent since the last report */
  readonly report: (message: string, increment?: number) => void;
}

/** Shows a notification with *Cancel* while `work` runs. @param work its signal is aborted by *Cancel* */
export function withNotification<T>(
  title: string | undefined,
  work: (line: ProgressLine, signal: AbortSignal) => PromiseLike<T>,
): Thenable<T> {
  const options = {
    location: vscode.ProgressLocation.Notification,
    cancellable: true,
    ...(title === undefined ? {} : { title: plainText(title) }),
  };
  return vscode.window.withProgress(options, (progress, token) => {
    const abort = new AbortController();
    token.onCancellationRequested(() => abort.abort());
    const report = (message: string, increment?: number): void =>
      progress.report({
        message: plainText(message),
        ...(increment === undefined ? {} : { increment }),
      });
    return work({ report }, abort.signal);
  });
}

/** As `withNotification`, for a call of the engine that reports its progress. */
export function withProgress<T>(
  title: string,
  call: (how: { signal: AbortSignal; onEvent: (event: ProgressEvent) => void }) => PromiseLike<T>,
): Thenable<T> {
  return withNotification(title, ({ report }, signal) =>
    call({ signal, onEvent: (event) => report(progressText(event)) }),
  );
}

export function showBusy(viewId: string, ended: Promise<void>): void {
  void vscode.window.withProgress({ location: { viewId } }, () => ended);
}

export function showStatus(text: string, hideAfterMs: number): void {
  vscode.window.setStatusBarMessage(plainText(text), hideAfterMs);
}

/** The log channel. Names in it are made visible text: users read the log's file in terminals. */
export function createLog(name: string): vscode.LogOutputChannel {
  const log = vscode.window.createOutputChannel(name, { log: true });
  for (const level of ['info', 'warn', 'error'] as const) {
    const write = log[level].bind(log);
    log[level] = (text: string) => write(visibleLines(text, Infinity));
  }
  return log;
}

/** A row of a list; of its texts only `icon` becomes an icon (a codicon's name). */
export interface Row extends Omit<vscode.QuickPickItem, 'iconPath'> {
  readonly icon?: string;
}

type ListOptions = Pick<
  vscode.QuickPickOptions,
  'title' | 'placeHolder' | 'ignoreFocusOut' | 'matchOnDescription' | 'matchOnDetail'
>;

/** Lets the user pick a row. @returns undefined when the user cancels */
export async function pickRow<T extends Row>(
  rows: readonly T[],
  options: ListOptions,
): Promise<T | undefined> {
  return (await vscode.window.showQuickPick(rows.map(plainRow), plain(options)))?.row;
}

export async function pickRows<T extends Row>(
  rows: readonly T[],
  options: ListOptions,
): Promise<readonly T[] | undefined> {
  const many = { ...plain(options), canPickMany: true } as const;
  return (await vscode.window.showQuickPick(rows.map(plainRow), many))?.map(({ row }) => row);
}

interface StepOptions<T extends Row> extends Pick<ListOptions, 'title' | 'placeHolder'> {
  /** Which step of how many. */
  readonly step?: readonly [number, number];
  readonly canGoBack?: boolean;
  /** The row that Enter takes; without one, Enter takes none until the user chose a row. */
  readonly current?: T | undefined;
}

/** A list for questions that follow each other. It stays open when another window gets the focus. */
export class StepPicker {
  readonly #pick = vscode.window.createQuickPick<vscode.QuickPickItem & { readonly row: Row }>();

  constructor() {
    Object.assign(this.#pick, { ignoreFocusOut: true, matchOnDescription: true, matchOnDetail: true });
  }

  /** Shows rows and lets the user pick one. @returns undefined when the user cancels */
  async pick<T extends Row>(rows: readonly T[], options: StepOptions<T>): Promise<T | 'back' | undefined> {
    const { current, step: [step, totalSteps] = [], canGoBack = false, title, placeHolder } = options;
    const items = rows.map(plainRow);
    const buttons = canGoBack ? [vscode.QuickInputButtons.Back] : [];
    const texts = plain({ title, placeholder: placeHolder });
    Object.assign(this.#pick, { ...texts, step, totalSteps, buttons, value: '', items, busy: false });
    // After the items, which would make the first one active.
    this.#pick.activeItems = items.filter(({ row }) => row === current);
    const listeners: vscode.Disposable[] = [];
    try {
      return await new Promise((resolve) => {
        const accept = (): void => {
          const [active] = this.#pick.activeItems;
          const item = items.find((one) => one === active);
          if (item !== undefined) resolve(item.row);
        };
        listeners.push(this.#pick.onDidAccept(accept));
        listeners.push(this.#pick.onDidTriggerButton(() => resolve('back')));
        listeners.push(this.#pick.onDidHide(() => resolve(undefined)));
        this.#pick.show();
      });
    } finally {
      for (const listener of listeners) listener.dispose();
    }
  }

  /** Between two questions. */
  busy(): void {
    this.#pick.busy = true;
  }

  dispose(): void {
    this.#pick.dispose();
  }
}

/** Lets the user choose a folder. @returns its path; undefined: the user canceled */
export async function pickFolder(title: string, openLabel: string): Promise<string | undefined> {
  const options = { title: plainText(title), openLabel, canSelectFiles: false, canSelectFolders: true };
  return (await vscode.window.showOpenDialog(options))?.[0]?.fsPath;
}

/** Asks for a line of text. @param options.validateInput why a text is refused; undefined: it is not */
export function askText(options: {
  readonly prompt: string;
  readonly value: string;
  readonly validateInput: (typed: string) => string | undefined;
}): Thenable<string | undefined> {
  return vscode.window.showInputBox({ ...plainInput(options), value: options.value });
}

/** Asks for a text that is not shown while it is typed. */
export function askSecret(options: {
  readonly title: string;
  readonly prompt: string;
  readonly validateInput: (typed: string) => string | undefined;
}): Thenable<string | undefined> {
  return vscode.window.showInputBox({ ...plainInput(options), password: true, ignoreFocusOut: true });
}

function plainInput<T extends { readonly validateInput: (typed: string) => string | undefined }>(
  options: T,
): T {
  const validateInput = (typed: string): string | undefined => {
    const problem = options.validateInput(typed);
    return problem === undefined ? undefined : plainText(problem);
  };
  return { ...plain(options), validateInput };
}

function plainRow<T extends Row>(row: T): T & { readonly row: T } {
  const shown = plain(row);
  const label = row.icon === undefined ? shown.label : `$(${row.icon}) ${shown.label}`;
  return { ...shown, label, row };
}

function plain<T extends object>(texts: T): T {
  const entries = Object.entries(texts).map(([key, value]: [string, unknown]) => [
    key,
    typeof value === 'string' ? plainText(value) : value,
  ]);
  return Object.fromEntries(entries) as T;
}
