import type { ErrorCode, ErrorData } from '../../core/errors';
import type { Translate } from '../format';
import { ENGINE_TEXTS } from './engineTexts';
import { translateText, translateWording } from './translateText';
import { wordingOf } from './wordingOf';

/**
 * An error in another language than English, for people. What is known in that language is said in it; a message that
 * is not stays as the engine said it, after a sentence on what kind of error it is. Names, paths and the words of the
 * operating system stay as they are.
 */
export function translateError(error: ErrorData, t: Translate): ErrorData {
  if (error.localized === true) return error;
  const wording = error.wording ?? wordingOf(error.message);
  const kind = kindText(error.code, t);
  const said = kind === undefined ? error.message : `${kind} ${error.message}`;
  return {
    ...error,
    message: wording !== undefined && ENGINE_TEXTS.has(wording.text) ? translateWording(wording, t) : said,
    ...(error.advice === undefined ? {} : { advice: translateText(error.advice, t) }),
  };
}

function kindText(code: ErrorCode, t: Translate): string | undefined {
  switch (code) {
    case 'bad-safetensors':
      return t('The safetensors file is damaged: download or copy it again.');
    case 'bad-config':
      return t('A config file is not what its format says.');
    case 'bad-index':
      return t('The index of the checkpoint is damaged: download it again.');
    case 'not-found':
      return t('Something was not found.');
    case 'lfs-pointer':
      return t('Only a Git LFS pointer lies here: run “git lfs pull”.');
    case 'unsupported-adapter':
      return t('E-DIEM does not apply to this kind of adapter.');
    case 'unsupported-dtype':
    case 'unsupported-checkpoint':
      return t('This checkpoint cannot be used: choose one with unquantised safetensors weights.');
    case 'incomplete-checkpoint':
      return t('The checkpoint is not whole: download the missing files.');
    case 'wrong-models':
      return t('Base and aligned model do not fit the adapter or each other: choose others.');
    case 'bad-request':
      return t('This cannot be done as asked.');
    case 'output-exists':
      return t('The target exists already, and nothing is overwritten: choose another folder.');
    case 'io':
      return t('The system refused to read or write: check permissions and free space.');
    case 'engine-crashed':
      return t('The engine ended unexpectedly: try again.');
    case 'internal':
      return t('This is a bug: please report it with the log.');
    case 'cancelled':
      return undefined;
  }
}
