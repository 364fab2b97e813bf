import * as vscode from 'vscode';
import { formatError, type ErrorCode, type ErrorData } from '../../core/errors';

/**
 * An error in the language of the window: what kind it is and what to do, then the engine's own sentence, which names
 * file and tensor and stays in English, as in the log. In English the engine's sentence says it all.
 */
export function errorText(error: ErrorData): string {
  const technical = formatError(error);
  if (vscode.env.language.startsWith('en')) return technical;
  const kind = kindText(error.code);
  return kind === undefined ? technical : `${kind} ${technical}`;
}

function kindText(code: ErrorCode): string | undefined {
  switch (code) {
    case 'bad-safetensors':
      return vscode.l10n.t('The safetensors file is damaged: download or copy it again.');
    case 'bad-config':
      return vscode.l10n.t('A config file is not what its format says.');
    case 'bad-index':
      return vscode.l10n.t('The index of the checkpoint is damaged: download it again.');
    case 'not-found':
      return vscode.l10n.t('Something was not found.');
    case 'lfs-pointer':
      return vscode.l10n.t('Only a Git LFS pointer lies here: run “git lfs pull”.');
    case 'unsupported-adapter':
      return vscode.l10n.t('E-DIEM does not apply to this kind of adapter.');
    case 'unsupported-dtype':
    case 'unsupported-checkpoint':
      return vscode.l10n.t(
        'This checkpoint cannot be used: choose one with unquantised safetensors weights.',
      );
    case 'wrong-models':
      return vscode.l10n.t('Base and aligned model do not fit the adapter or each other: choose others.');
    case 'bad-request':
      return vscode.l10n.t('This cannot be done as asked.');
    case 'output-exists':
      return vscode.l10n.t('The target exists already, and nothing is overwritten: choose another folder.');
    case 'io':
      return vscode.l10n.t('The system refused to read or write: check permissions and free space.');
    case 'engine-crashed':
      return vscode.l10n.t('The engine ended unexpectedly: try again.');
    case 'internal':
      return vscode.l10n.t('This is a bug: please report it with the log.');
    case 'cancelled':
      return undefined;
  }
}
