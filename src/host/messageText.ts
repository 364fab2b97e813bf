import { formatError, renderError, type ErrorData, type ErrorText } from '../core/errors';
import { render, type Message } from '../core/message';
import { translate } from './format';

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
