import * as path from 'node:path';
import * as vscode from 'vscode';
import { showMessage } from '../windowText';
import type { Doubt, NamedModel } from './doubt';

/** What a person says of models that seem to be the wrong way round; undefined: choose again. */
export type DoubtAnswer = 'swap' | 'as-chosen' | undefined;

/** Asks what to do about models that seem to be the wrong way round. */
export async function askAboutDoubt(
  doubt: Doubt,
  base: NamedModel,
  aligned: NamedModel,
): Promise<DoubtAnswer> {
  const swap = vscode.l10n.t('Exchange Them');
  const asChosen = vscode.l10n.t('Use as Chosen');
  const detail = vscode.l10n.t(
    'Chosen: base {0}, aligned {1}. The wrong way round, the reversal score changes its sign and ranks the wrong modules; the other scores stay the same. Cancel to choose again.',
    base.path,
    aligned.path,
  );
  const text = doubtText(doubt, base, aligned);
  const picked = await showMessage('Warning', text, [swap, asChosen], detail);
  return picked === swap ? 'swap' : picked === asChosen ? 'as-chosen' : undefined;
}

/** One sentence on what speaks against the choice. */
export function doubtText(doubt: Doubt, base: NamedModel, aligned: NamedModel): string {
  switch (doubt) {
    case 'base-is-named':
      return vscode.l10n.t('{0} is the aligned model that this adapter names, not its base.', called(base));
    case 'names-exchanged':
      return vscode.l10n.t('Going by their names, {0} is the base of {1}.', called(aligned), called(base));
  }
}

/** A repo id as it is, a folder by its last part: the whole path stands elsewhere. */
export function called(model: NamedModel): string {
  return path.isAbsolute(model.name) ? path.basename(model.name) : model.name;
}
