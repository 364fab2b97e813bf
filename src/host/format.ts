import * as path from 'node:path';
import * as vscode from 'vscode';
import { formatBytes } from '../core/report/scores';
import type { ProgressEvent } from '../protocol/engineApi';
import { formatNumber } from './formatNumber';

/** What a person calls an adapter: its folder from the workspace, and the file where the folder holds several. */
export function adapterLabel(adapter: string): string {
  const folder = path.dirname(adapter);
  const name = path.basename(adapter);
  const shown = vscode.workspace.asRelativePath(folder, (vscode.workspace.workspaceFolders?.length ?? 0) > 1);
  // The workspace folder itself, and folders elsewhere, are told by their last part.
  const label = path.isAbsolute(shown) ? path.basename(folder) : shown;
  return /^\d/.test(name) ? `${label}/${name}` : label;
}

/** A number in the window's language: thousands set apart, at most three decimals. */
export function formatCount(value: number): string {
  return formatNumber(value, vscode.env.language);
}

/** `1 module`, `2 modules`. */
export function moduleCount(count: number): string {
  return count === 1 ? vscode.l10n.t('1 module') : vscode.l10n.t('{0} modules', formatCount(count));
}

/** Text in the language of the window, with `{0}` filled in. */
export type Translate = (message: string, ...values: readonly (string | number)[]) => string;

/** A text of ours in the window's language, its numbers as there. For reports that are made without VS Code. */
export function translate(message: string, ...values: readonly (string | number)[]): string {
  return vscode.l10n.t(
    message,
    ...values.map((value) => (typeof value === 'number' ? formatCount(value) : value)),
  );
}

/** The one sentence on a result whose files have changed since. Narrow places say `stale` alone. @param why escaped as the place needs it */
export function staleText(why: string): string {
  return vscode.l10n.t('These scores are stale: {0}.', why);
}

/** Module, bytes, speed and time left, e.g. `12/56 model.layers.1.… · 1.2 GB of 3.4 GB · 800 MB/s · 3 s left`. */
export function progressText(progress: ProgressEvent): string {
  const { bytesDone, bytesTotal, elapsedMs, modulesDone, modulesTotal, module } = progress;
  const head = `${formatCount(modulesDone)}/${formatCount(modulesTotal)} ${module}`;
  if (bytesTotal === 0 || elapsedMs === 0 || bytesDone === 0) return head;
  const perSecond = (bytesDone / elapsedMs) * 1000;
  const left = (bytesTotal - bytesDone) / perSecond;
  return [
    head,
    vscode.l10n.t('{0} of {1}', formatBytes(bytesDone), formatBytes(bytesTotal)),
    `${formatBytes(Math.round(perSecond))}/s`,
    vscode.l10n.t('{0} left', duration(left)),
  ].join(' · ');
}

/** Seconds as `8 s`, `3 min 20 s` or `2 h 5 min`. */
export function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
