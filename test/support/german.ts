import { readFileSync } from 'node:fs';
import path from 'node:path';
import { render } from '../../src/core/message';
import { projectRoot } from './paths';

const bundle = new Map(
  Object.entries(
    JSON.parse(
      readFileSync(path.join(projectRoot, 'media', 'l10n', 'bundle.l10n.de.json'), 'utf8'),
    ) as Record<string, string>,
  ),
);

/** As `vscode.l10n.t` in a German window. */
export const german = (text: string, ...values: readonly (string | number)[]): string =>
  render({ text: bundle.get(text) ?? text, values });
