import { parseEndpointUrl, type EndpointUrl } from '../../../core/endpointUrl';
import { failure } from '../../../core/errors';
import { say } from '../../../core/message';

/**
 * @param confirmedHost `host:port` (or `host` for the scheme's own port) that the user confirmed
 * @throws SploraError 'bad-request' for what is no plain URL, and for another machine without confirmation
 */
export function endpointAddress(text: string, confirmedHost: string | undefined): EndpointUrl {
  const address = parseEndpointUrl(text);
  const { host, isThisMachine } = address;
  if (isThisMachine || confirmedHost === host) return address;
  throw failure(
    'bad-request',
    say('The endpoint {0} is on another machine, and sending prompts there was not confirmed', host),
    undefined,
    say('Confirm that prompts and answers may be sent to {0}, or use a server on this machine.', host),
  );
}
