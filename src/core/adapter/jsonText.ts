/**
 * Positions inside JSON text, so that single values can be replaced and all else keeps its spelling (`16.0`, `1e-05`,
 * key order, indentation). Every function here expects text that `JSON.parse` has accepted as an object.
 */

/** One member of an object; `[valueStart, valueEnd)` is the value's text. */
export interface JsonMember {
  readonly key: string;
  readonly keyStart: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}

const [QUOTE, COMMA, BACKSLASH] = [0x22, 0x2c, 0x5c];
const [OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE] = [0x5b, 0x5d, 0x7b, 0x7d];

const isSpace = (code: number): boolean => code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;

function skipSpace(text: string, from: number): number {
  let at = from;
  while (isSpace(text.charCodeAt(at))) at++;
  return at;
}

/** The end of the string whose opening quote stands at `from`. */
function stringEnd(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at + 1;
}

/** The end of the value that begins at `from`; nesting is counted, not recursed into, so depth costs no stack. */
function valueEnd(text: string, from: number): number {
  let depth = 0;
  let at = from;
  while (at < text.length) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = stringEnd(text, at);
        if (depth === 0) return at;
        continue;
      case OPEN_BRACE:
      case OPEN_BRACKET:
        depth++;
        break;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        if (depth === 0) return at;
        if (--depth === 0) return at + 1;
        break;
      case COMMA:
        if (depth === 0) return at;
        break;
      default:
        if (depth === 0 && isSpace(text.charCodeAt(at))) return at;
    }
    at++;
  }
  return at;
}

/** The members of the object that begins at or after `from`, in the order of the text; duplicates are all listed. */
export function objectMembers(text: string, from = 0): JsonMember[] {
  const members: JsonMember[] = [];
  let at = skipSpace(text, from);
  if (text[at] !== '{') return members;
  at = skipSpace(text, at + 1);
  while (at < text.length && text[at] === '"') {
    const keyStart = at;
    at = stringEnd(text, at);
    const key: unknown = JSON.parse(text.slice(keyStart, at));
    const valueStart = skipSpace(text, skipSpace(text, at) + 1);
    at = valueEnd(text, valueStart);
    if (typeof key === 'string') members.push({ key, keyStart, valueStart, valueEnd: at });
    at = skipSpace(text, at);
    if (text[at] === ',') at = skipSpace(text, at + 1);
  }
  return members;
}

/** The last member of that key: the one that JSON readers take. */
export function lastMember(members: readonly JsonMember[], key: string): JsonMember | undefined {
  return members.findLast((member) => member.key === key);
}

export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Applies edits that do not overlap. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  let result = '';
  let at = 0;
  for (const edit of [...edits].sort((a, b) => a.start - b.start)) {
    result += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return result + text.slice(at);
}

/** The white space before the key on its own line, or undefined where the key does not begin a line. */
export function indentBefore(text: string, position: number): string | undefined {
  const lineStart = text.lastIndexOf('\n', position - 1) + 1;
  const before = text.slice(lineStart, position);
  return lineStart > 0 && /^[ \t]*$/.test(before) ? before : undefined;
}

/** A list of strings as JSON: one a line with `indent` as the key's own indentation, on one line without it. */
export function stringListJson(items: readonly string[], indent: string | undefined): string {
  const texts = items.map((item) => JSON.stringify(item));
  if (indent === undefined || items.length === 0) return `[${texts.join(', ')}]`;
  const step =
    indent === ''
      ? '  '
      : indent.length > 2 && indent.length % 4 === 0 && !indent.includes('\t')
        ? '    '
        : '  ';
  const inner = indent + (indent.includes('\t') ? '\t' : step);
  return `[\n${texts.map((text) => inner + text).join(',\n')}\n${indent}]`;
}
