import { SploraError } from '../errors';
import { say, type Message, type MessageValue } from '../message';
import { displayName, MAX_NAME_LENGTH } from './displayName';

/** serde_json stops at 127 levels in all; a few lie around the skipped value. We accept nothing that it refuses. */
const MAX_DEPTH = 120;
/** Longest piece of a broken token that a message repeats. */
const MAX_TOKEN_SHOWN = 40;
/** Bytes decoded at a time while looking for the first byte that is not UTF-8. */
const UTF8_PROBE_BYTES = 65_536;
const QUOTE = 0x22;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
/** What makes another token of digits in front of it. */
const NUMBER_PART = /[-+.\w]/;
const NON_NUMBERS = ['NaN', 'Infinity', '-Infinity'];

/** Builds the error for a problem at a byte of the scanned JSON, or at a UTF-16 offset if that is a text. */
export type ProblemAt = (what: Message, at: number) => SploraError;

interface ScanOptions {
  /** Text position to begin at; absent: 0. */
  readonly from?: number;
  /** Called for NaN, Infinity and -Infinity, which Python writes and JSON forbids; absent: these are refused. */
  readonly nonNumber?: (start: number, end: number) => void;
}

/**
 * Reads JSON where `JSON.parse` is too forgiving for files that may mean harm: it sees duplicate keys, tells `4` from
 * `4.0`, refuses integers that a double cannot hold, lone surrogates and deep nesting, and knows where each token is.
 * In a text, as opposed to bytes, deep nesting and lone surrogates are fine, as they are to `JSON.parse`.
 */
export class JsonScanner {
  private readonly text: string;
  private readonly isText: boolean;
  private at: number;

  /** Throws `problem` when bytes are not strict UTF-8. A byte order mark is kept, and then is no JSON. */
  constructor(
    json: Uint8Array | string,
    private readonly problem: ProblemAt,
    private readonly options: ScanOptions = {},
  ) {
    this.isText = typeof json === 'string';
    this.text = typeof json === 'string' ? json : decodeUtf8(json, problem);
    this.at = options.from ?? 0;
  }

  /** Text position behind what was read last. */
  get position(): number {
    return this.at;
  }

  /** The error to throw for `what` at a text position (default: where the scanner is). */
  error(what: Message, at = this.at): SploraError {
    return this.problem(what, this.isText ? at : new TextEncoder().encode(this.text.slice(0, at)).length);
  }

  /** The first character of the next token, or '' at the end. */
  peek(): string {
    this.skipSpace();
    return this.text.charAt(this.at);
  }

  /** Steps over `token` if it is next. */
  take(token: string): boolean {
    this.skipSpace();
    // Nearly all tokens are one character long.
    if (this.text.charCodeAt(this.at) !== token.charCodeAt(0)) return false;
    if (token.length > 1 && !this.text.startsWith(token, this.at)) return false;
    this.at += token.length;
    return true;
  }

  /** Where `error` should point for something that begins here. */
  mark(): number {
    this.skipSpace();
    return this.at;
  }

  /** Reads an object; `member` is called after each `"key":` and must read the value. */
  object(member: (key: string, keyAt: number, keyEnd: number) => void): void {
    this.expect('{');
    if (this.take('}')) return;
    do {
      const keyAt = this.mark();
      const key = this.string();
      const keyEnd = this.at;
      this.expect(':');
      member(key, keyAt, keyEnd);
    } while (this.take(','));
    this.expect('}');
  }

  /** Reads an array; `element` is called before each element and must read it. */
  array(element: () => void): void {
    this.expect('[');
    if (this.take(']')) return;
    do element();
    while (this.take(','));
    this.expect(']');
  }

  string(): string {
    const start = this.mark();
    if (this.text.charCodeAt(start) !== QUOTE)
      throw this.error(say('expected a string, found {0}', this.shown()));
    let end = start + 1;
    let escaped = false;
    for (; ; end++) {
      const c = this.text.charCodeAt(end);
      if (c === QUOTE) break;
      if (c === 0x5c) {
        escaped = true;
        end++;
      } else if (Number.isNaN(c)) throw this.error(say('unterminated string'), start);
      else if (c < 0x20) throw this.error(say('control character in a string'), end);
    }
    this.at = end + 1;
    return escaped ? this.unescape(start) : this.text.slice(start + 1, end);
  }

  /** Throws for a name at `at` that is too long: much of what is done with names takes many times their memory. */
  checkName(name: string, at: number): void {
    if (name.length <= MAX_NAME_LENGTH) return;
    throw this.error(
      say(
        'the name {0} has {1} characters, more than the {2} allowed',
        displayName(name),
        name.length,
        MAX_NAME_LENGTH,
      ),
      at,
    );
  }

  /** A number written as a plain non-negative integer that a double holds exactly: no sign, point or exponent. */
  unsignedInteger(): number {
    const start = this.mark();
    let end = start;
    let value = 0;
    let c = this.text.charCodeAt(end);
    // Digit by digit: headers have 100,000s of numbers. Too many digits are no safe integer, exact or not.
    for (; c >= DIGIT_0 && c <= DIGIT_9; c = this.text.charCodeAt(++end)) value = value * 10 + (c - DIGIT_0);
    const isPadded = end > start + 1 && this.text.charCodeAt(start) === DIGIT_0;
    if (end === start || isPadded || !Number.isSafeInteger(value) || NUMBER_PART.test(this.text.charAt(end)))
      throw this.error(say('expected a whole number from 0 to 2^53-1, found {0}', this.shown()), start);
    this.at = end;
    return value;
  }

  /** Steps over any value, checking its grammar. Nesting is counted, not recursed into: depth costs no stack. */
  skipValue(): void {
    const closers: string[] = [];
    do {
      if (closers.length > MAX_DEPTH && !this.isText)
        throw this.error(say('values are nested more than {0} levels deep', MAX_DEPTH));
      if (this.skipToInner(closers)) continue;
      for (let closer = closers.at(-1); closer !== undefined && !this.take(','); closer = closers.at(-1)) {
        this.expect(closer);
        closers.pop();
      }
      if (closers.at(-1) === '}') this.skipKey();
    } while (closers.length > 0);
  }

  /** Demands that nothing but white space is left. */
  end(): void {
    this.skipSpace();
    if (this.at < this.text.length) throw this.error(say('expected the end, found {0}', this.shown()));
  }

  expect(token: string): void {
    if (!this.take(token))
      throw this.error(say('expected {0}, found {1}', JSON.stringify(token), this.shown()));
  }

  /** Steps over a whole value, or into the first one of a list or object, whose closer it then adds. */
  private skipToInner(closers: string[]): boolean {
    const next = this.peek();
    if (next === '"') this.string();
    else if (next === '{' || next === '[') {
      this.at++;
      const closer = next === '{' ? '}' : ']';
      if (this.take(closer)) return false;
      closers.push(closer);
      if (closer === '}') this.skipKey();
      return true;
    } else if (!this.take('true') && !this.take('false') && !this.take('null')) this.skipNumber();
    return false;
  }

  private skipKey(): void {
    this.string();
    this.expect(':');
  }

  private skipNumber(): void {
    const start = this.at;
    const { nonNumber } = this.options;
    if (nonNumber !== undefined && NON_NUMBERS.some((word) => this.take(word))) {
      nonNumber(start, this.at);
      return;
    }
    const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
    number.lastIndex = this.at;
    const raw = number.exec(this.text)?.[0];
    if (raw === undefined) throw this.error(say('expected a value, found {0}', this.shown()));
    this.at += raw.length;
  }

  private skipSpace(): void {
    for (; ; this.at++) {
      const c = this.text.charCodeAt(this.at);
      if (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) return;
    }
  }

  private unescape(start: number): string {
    let value: unknown;
    try {
      value = JSON.parse(this.text.slice(start, this.at));
    } catch {
      throw this.error(say('unknown escape in a string'), start);
    }
    // With the u flag a surrogate is matched only where it is alone; raw ones cannot occur in decoded UTF-8.
    if (typeof value !== 'string' || (!this.isText && /[\ud800-\udfff]/u.test(value))) {
      throw this.error(say('lone surrogate in a string'), start);
    }
    return value;
  }

  private shown(): MessageValue {
    const rest = this.text.slice(this.at, this.at + MAX_TOKEN_SHOWN + 1);
    if (rest === '') return say('the end');
    const token = /^(?:"[^"]*"?|[-+.\w]+|.)/su.exec(rest)?.[0] ?? rest;
    return displayName(token.length > MAX_TOKEN_SHOWN ? `${token.slice(0, MAX_TOKEN_SHOWN)}…` : token);
  }
}

/** Reads a text as far as it is JSON. @returns the UTF-16 offset where that ends; undefined: it was read to the end */
export function scanText(
  text: string,
  read: (scanner: JsonScanner) => void,
  options?: ScanOptions,
): number | undefined {
  let end: number | undefined;
  const problem: ProblemAt = (message, at) => {
    end = at;
    return new SploraError({ code: 'bad-config', message });
  };
  try {
    const scanner = new JsonScanner(text, problem, options);
    read(scanner);
    scanner.end();
  } catch (thrown) {
    if (!(thrown instanceof SploraError)) throw thrown;
  }
  return end;
}

/** A place in a text for a message: `line 3, column 14`, counted from 1. */
export function placeOf(text: string, at: number): Message {
  const lines = text.slice(0, at).split('\n');
  return say('line {0}, column {1}', lines.length, (lines.at(-1) ?? '').length + 1);
}

/** Where a text stops being JSON. Unlike the words of `JSON.parse` it repeats nothing of the text, which may be any file. */
export function jsonPlace(text: string): Message {
  return placeOf(text, scanText(text, (scanner) => scanner.skipValue()) ?? text.length);
}

function decodeUtf8(json: Uint8Array, problem: ProblemAt): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(json);
  } catch {
    throw problem(say('the text is not UTF-8'), firstInvalidByte(json));
  }
}

function firstInvalidByte(json: Uint8Array): number {
  const decodes = (end: number, from: number): boolean => {
    try {
      new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(json.subarray(from, end), {
        stream: true,
      });
      return true;
    } catch {
      return false;
    }
  };
  let from = 0;
  // A chunk may begin inside a character: go back to where that character began.
  const boundary = (at: number): number => {
    let start = at;
    while (start > from && at - start < 3 && ((json[start] ?? 0) & 0xc0) === 0x80) start--;
    return start;
  };
  while (from + UTF8_PROBE_BYTES < json.length && decodes(from + UTF8_PROBE_BYTES, from)) {
    from = boundary(from + UTF8_PROBE_BYTES);
  }
  let good = from;
  let bad = Math.min(json.length, from + UTF8_PROBE_BYTES);
  if (decodes(bad, from)) return bad; // the text ends inside a character
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (decodes(middle, from)) good = middle;
    else bad = middle;
  }
  return good;
}
