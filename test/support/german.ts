import { readFileSync } from 'node:fs';
import path from 'node:path';
import { render } from '../../src/core/message';
import { projectRoot } from './paths';

/** English -> German. */
export const GERMAN = JSON.parse(
  readFileSync(path.join(projectRoot, 'media', 'l10n', 'bundle.l10n.de.json'), 'utf8'),
) as Readonly<Record<string, string>>;

/** As `vscode.l10n.t` in a German window. */
export const german = (text: string, ...values: readonly (string | number)[]): string =>
  render({ text: GERMAN[text] ?? text, values });
