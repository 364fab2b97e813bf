import { failure } from './errors';
import { say, type Message } from './message';
import { displayName, MAX_NAME_LENGTH } from './safetensors/displayName';

/** Where an endpoint is, as the user gave it, checked. */
export interface EndpointUrl {
  /** Ends with a slash; without `v1/`. */
  readonly base: URL;
  /** For users and documents: without a path, a name or a password. */
  readonly origin: string;
  /** `host:port`, or `host` for the port of the scheme: what the user confirms. */
  readonly host: string;
  readonly isThisMachine: boolean;
}

/** @throws SploraError `bad-request` for what is no plain http or https URL */
export function parseEndpointUrl(text: string): EndpointUrl {
  const url = text.length <= MAX_NAME_LENGTH && URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw bad(say('{0} is not an http or https URL', shownAddress(text)), EXAMPLE);
  if (url.username !== '' || url.password !== '')
    throw bad(say('The URL of the endpoint contains a password'), KEY_ADVICE);
  if (url.search !== '' || url.hash !== '')
    throw bad(say('The URL of the endpoint has a query or a fragment'), EXAMPLE);
  // Servers print the address that they listen at; some systems cannot connect to it.
  if (url.hostname === '0.0.0.0') url.hostname = '127.0.0.1';
  if (url.hostname === '[::]') url.hostname = '[::1]';
  const parts = url.pathname.split('/').filter((part) => part !== '');
  if (parts.at(-1) === 'v1') parts.pop();
  url.pathname = ['', ...parts, ''].join('/');
  const { origin, host, hostname } = url;
  return { base: url, origin, host, isThisMachine: isLoopback(hostname) };
}

/** What was given for an address, for a message: without what may be a password, a key or a token. */
export function shownAddress(text: string): string {
  const named = text.slice(0, MAX_NAME_LENGTH).replace(/^([a-z][a-z\d+.-]*:\/\/)?.*@/is, '$1***@');
  const [place = ''] = named.split(/[?#]/, 1);
  return displayName(place);
}

const EXAMPLE = say('Specify the address of the server, for example http://127.0.0.1:8000.');
export const KEY_ADVICE = say(
  'Store the key in an environment variable and specify the name of the variable.',
);

/** Whether a header can hold it as a key. */
export function isKey(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

const bad = (message: Message, advice: Message) => failure('bad-request', message, undefined, advice);

/** The URL parser has made all spellings of an address alike: `127.1` and `2130706433` are `127.0.0.1` here. */
function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
