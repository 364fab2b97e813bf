import { SploraError } from '../errors';
import { JsonScanner } from './jsonScanner';
import { say, type Message } from '../message';

/**
 * Where a text stops being JSON, for a message: `line 3, column 14`, counted from 1. Unlike the words of `JSON.parse` it
 * repeats nothing of the text, which may be any file that was put in the place of a config.
 */
export function jsonPlace(text: string): Message {
  const bytes = new TextEncoder().encode(text);
  let at = bytes.length;
  const problem = (what: Message, byte: number): SploraError => {
    at = byte;
    return new SploraError({ code: 'bad-config', message: what });
  };
  try {
    const scanner = new JsonScanner(bytes, problem);
    scanner.skipValue();
    scanner.end();
  } catch (thrown) {
    if (!(thrown instanceof SploraError)) throw thrown;
  }
  const before = new TextDecoder().decode(bytes.subarray(0, at)).split('\n');
  return say('line {0}, column {1}', before.length, (before.at(-1) ?? '').length + 1);
}
