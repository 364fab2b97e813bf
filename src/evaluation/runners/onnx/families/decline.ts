import { failure, type SploraError } from '../../../../core/errors';
import { say, type Message } from '../../../../core/message';

/** What to do with a model or an adapter that is not computed in-process. */
export const USE_ENDPOINT = say(
  'Serve the model with a server that supports it (for example vLLM), and measure at its endpoint.',
);

/** A model that the in-process runner does not know. */
export function declineModel(file: string, message: Message): SploraError {
  return failure('unsupported-checkpoint', message, file, USE_ENDPOINT);
}
