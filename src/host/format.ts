import * as path from 'node:path';
import * as vscode from 'vscode';
import { formatError, renderError, type ErrorData, type ErrorText } from '../core/errors';
import { render, type Message } from '../core/message';
import { formatDuration, secondsLeft, speed } from '../core/report/progress';
import { formatBytes } from '../core/report/scores';
import type { ProgressEvent } from '../protocol/engineApi';
import { formatNumber } from './formatNumber';

/** The label of an adapter: its folder relative to the workspace, and the file if the folder has several. */
export function adapterLabel(adapter: string): string {
  const folder = path.dirname(adapter);
  const name = path.basename(adapter);
  const shown = vscode.workspace.asRelativePath(folder, (vscode.workspace.workspaceFolders?.length ?? 0) > 1);
  // The last part of the workspace folder itself, and of folders elsewhere.
  const label = path.isAbsolute(shown) ? path.basename(folder) : shown;
  return /^\d/.test(name) ? `${label}/${name}` : label;
}

/** A number in the window's language: thousands set apart, at most three decimals. */
export function formatCount(value: number): string {
  return formatNumber(value, vscode.env.language);
}

export function moduleCount(count: number): string {
  return count === 1 ? vscode.l10n.t('1 module') : vscode.l10n.t('{0} modules', formatCount(count));
}

/** How many modules stand out: what surfaces badge and count. */
export function standOutText(count: number): string {
  if (count === 0) return vscode.l10n.t('nothing stands out');
  return count === 1
    ? vscode.l10n.t('1 module stands out')
    : vscode.l10n.t('{0} modules stand out', formatCount(count));
}

/** How many modules rule and pins select. */
export function selectedText(selected: number, total: number): string {
  return vscode.l10n.t('{0} of {1} selected', formatCount(selected), formatCount(total));
}

/** Text in the language of the window, with `{0}` filled in. */
export type Localize = (message: string, ...values: readonly (string | number)[]) => string;

/** A text in the window's language, numbers included, for modules without VS Code. */
export function translate(message: string, ...values: readonly (string | number)[]): string {
  return vscode.l10n.t(
    message,
    ...values.map((value) => (typeof value === 'number' ? formatCount(value) : value)),
  );
}

/** The one sentence on a result whose files have changed since. Narrow places say `out of date` alone. @param why escaped as the place needs it */
export function staleText(why: string): string {
  return vscode.l10n.t('These scores are out of date: {0}.', why);
}

/** Module, bytes, speed and time left, e.g. `12/56 model.layers.1.… · 1.2 GB of 3.4 GB · 800 MB/s · 3 s left`. */
export function progressText(progress: ProgressEvent): string {
  const { bytesDone, bytesTotal, elapsedMs, modulesDone, modulesTotal, module } = progress;
  const head = `${formatCount(modulesDone)}/${formatCount(modulesTotal)} ${module}`;
  const perSecond = speed(bytesDone, elapsedMs);
  const left = secondsLeft(bytesDone, bytesTotal, elapsedMs);
  if (perSecond === null || left === null) return head;
  return [
    head,
    vscode.l10n.t('{0} of {1}', formatBytes(bytesDone), formatBytes(bytesTotal)),
    `${formatBytes(Math.round(perSecond))}/s`,
    vscode.l10n.t('{0} left', formatDuration(left)),
  ].join(' · ');
}

// Engine, log, reports and documents speak English; these speak the language of the window.

/** A reason, note or finding. */
export function messageText(message: Message): string {
  return render(message, translate);
}

/** An error in one line: what, which file, which tensor, what to do. */
export function errorText(error: ErrorData): string {
  return formatError(error, translate);
}

/** For pages and lists that lay out the parts of an error. */
export function translatedError(error: ErrorData): ErrorText {
  return renderError(error, translate);
}
