import { badRequest, type SploraError } from '../../core/errors';
import { say, type MessageValue } from '../../core/message';

export const SHORTEN = say('Shorten the prompt or remove it from the suite.');

/** A prompt that leaves no room for an answer. @param context tokens of prompt and answer together */
export function promptTooLong(label: MessageValue, tokens: number, context: number): SploraError {
  const message = say('{0} has {1} tokens, and the model takes at most {2}', label, tokens, context - 1);
  return badRequest(message, SHORTEN);
}
