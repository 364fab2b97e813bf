import type { SploraError } from '../errors';
import { say, type Message, type MessageValue } from '../message';
import { displayName, MAX_NAME_LENGTH } from './displayName';

/** serde_json stops at 127 levels in all; a few lie around the skipped value. We accept nothing that it refuses. */
const MAX_DEPTH = 120;
/** Longest piece of a broken token that a message repeats. */
const MAX_TOKEN_SHOWN = 40;
/** Bytes decoded at a time while looking for the first byte that is not UTF-8. */
const UTF8_PROBE_BYTES = 65_536;

/** Builds the error for a problem at a byte, counted from the start of the scanned JSON. */
export type ProblemAt = (what: Message, byte: number) => SploraError;

/**
 * Reads JSON where `JSON.parse` is too forgiving for files that may mean harm: it sees duplicate keys, tells `4` from
 * `4.0`, refuses integers that a double cannot hold, lone surrogates and deep nesting, and knows the byte of each error.
 */
export class JsonScanner {
  private readonly text: string;
  private at = 0;

  /** Throws `problem` when the bytes are not strict UTF-8. A byte order mark is kept, and then is no JSON. */
  constructor(
    json: Uint8Array,
    private readonly problem: ProblemAt,
  ) {
    this.text = decodeUtf8(json, problem);
  }

  /** The error to throw for `what`, at the byte of text position `at` (default: where the scanner stands). */
  error(what: Message, at = this.at): SploraError {
    return this.problem(what, new TextEncoder().encode(this.text.slice(0, at)).length);
  }

  /** The first character of the next token, or '' at the end. */
  peek(): string {
    this.skipSpace();
    return this.text.charAt(this.at);
  }

  /** Steps over `token` if it stands here. */
  take(token: string): boolean {
    this.skipSpace();
    if (!this.text.startsWith(token, this.at)) return false;
    this.at += token.length;
    return true;
  }

  /** Where `error` should point for something that begins here. */
  mark(): number {
    this.skipSpace();
    return this.at;
  }

  /** Reads an object; `member` is called after each `"key":` and must read the value. */
  object(member: (key: string, keyAt: number) => void): void {
    this.expect('{');
    if (this.take('}')) return;
    do {
      const keyAt = this.mark();
      const key = this.string();
      this.expect(':');
      member(key, keyAt);
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
    if (this.text.charAt(start) !== '"') throw this.error(say('expected a string, found {0}', this.shown()));
    let end = start + 1;
    let escaped = false;
    for (; ; end++) {
      const c = this.text.charCodeAt(end);
      if (c === 0x22) break;
      if (c === 0x5c) {
        escaped = true;
        end++;
      } else if (Number.isNaN(c)) throw this.error(say('a string is not closed'), start);
      else if (c < 0x20) throw this.error(say('a control character stands in a string'), end);
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
    const token = /[-+.\w]*/y;
    token.lastIndex = start;
    const raw = token.exec(this.text)?.[0] ?? '';
    const value = /^(?:0|[1-9][0-9]{0,15})$/.test(raw) ? Number(raw) : NaN;
    if (!Number.isSafeInteger(value)) {
      throw this.error(say('expected a whole number from 0 to 2^53-1, found {0}', this.shown()), start);
    }
    this.at = start + raw.length;
    return value;
  }

  /** Steps over any value, checking its grammar. */
  skipValue(depth = 0): void {
    if (depth > MAX_DEPTH) throw this.error(say('values are nested more than {0} deep', MAX_DEPTH));
    const next = this.peek();
    if (next === '{') this.object(() => this.skipValue(depth + 1));
    else if (next === '[') this.array(() => this.skipValue(depth + 1));
    else if (next === '"') this.string();
    else if (!this.take('true') && !this.take('false') && !this.take('null')) this.skipNumber();
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

  private skipNumber(): void {
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
      throw this.error(say('a string holds an escape that JSON does not know'), start);
    }
    // With the u flag a surrogate is matched only where it is alone; raw ones cannot occur in decoded UTF-8.
    if (typeof value !== 'string' || /[\ud800-\udfff]/u.test(value)) {
      throw this.error(say('a string holds half of a surrogate pair'), start);
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
