import { SploraError, type ErrorData } from '../../core/errors';

/** A refusal of the extension itself, whose texts are in the language of the window already. */
export function windowError(data: Pick<ErrorData, 'code' | 'message' | 'file' | 'advice'>): SploraError {
  return new SploraError({ ...data, localized: true });
}
