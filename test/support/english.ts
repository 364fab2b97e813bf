import { render, type Message } from '../../src/core/message';

/** A message as an English window shows it; empty where there is none. */
export const english = (message: Message | undefined): string =>
  message === undefined ? '' : render(message);

/** As `vscode.l10n.t` in an English window. */
export const untranslated = (text: string, ...values: readonly (string | number)[]): string =>
  render({ text, values });
