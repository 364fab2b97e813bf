import * as vscode from 'vscode';
import { formatError, type ErrorData } from '../../core/errors';
import { translate } from '../format';
import { translateError } from './translateError';
import { translateText } from './translateText';

/**
 * An error in the language of the window: what, which file, which tensor, what to do. The log has it as it was thrown:
 * in English, but for refusals of the extension itself (`windowError`).
 */
export function errorText(error: ErrorData): string {
  return formatError(inWindowLanguage(error));
}

/** What is wrong alone, for narrow places. */
export function errorMessage(error: ErrorData): string {
  return inWindowLanguage(error).message;
}

/** A reason, note or finding of the engine in the language of the window. Reports and documents keep it in English. */
export function sentenceText(sentence: string): string {
  return vscode.l10n.bundle === undefined ? sentence : translateText(sentence, translate);
}

/** The error itself in the language of the window, for pages that lay out its parts. */
export function inWindowLanguage(error: ErrorData): ErrorData {
  // Where we have no texts of a language, the engine's own sentence says more than a general one in English.
  return vscode.l10n.bundle === undefined ? error : translateError(error, translate);
}
