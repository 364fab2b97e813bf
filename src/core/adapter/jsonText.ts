import { scanText, type JsonScanner } from '../safetensors/jsonScanner';

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

/** The members of the object that begins at or after `from`, in the order of the text; duplicates are all listed. */
export function objectMembers(text: string, from = 0): JsonMember[] {
  const members: JsonMember[] = [];
  const read = (scanner: JsonScanner): void => {
    scanner.object((key, keyStart) => {
      const valueStart = scanner.mark();
      scanner.skipValue();
      members.push({ key, keyStart, valueStart, valueEnd: scanner.position });
    });
  };
  scanText(text, read, { from });
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

export function replaceValue({ valueStart, valueEnd }: JsonMember, text: string): TextEdit {
  return { start: valueStart, end: valueEnd, text };
}

/**
 * Gives the object that begins at or after `from` this member: another value where it has the key, else a new last one,
 * written like its neighbors.
 * @param json the value, for a key with this indentation
 */
export function setMember(
  text: string,
  from: number,
  key: string,
  json: (indent: string | undefined) => string,
): TextEdit[] {
  const members = objectMembers(text, from);
  const same = members.filter((member) => member.key === key);
  if (same.length > 0)
    return same.map((member) => replaceValue(member, json(indentBefore(text, member.keyStart))));
  const last = members.at(-1);
  const indent = last === undefined ? undefined : indentBefore(text, last.keyStart);
  const separator = last === undefined ? '' : indent === undefined ? ', ' : `,\n${indent}`;
  const at = last?.valueEnd ?? text.indexOf('{', from) + 1;
  return [{ start: at, end: at, text: `${separator}${JSON.stringify(key)}: ${json(indent)}` }];
}

/** The same for `lora_parameters` of an MLX config; no edits where it has none. */
export function setMlxParameter(
  text: string,
  key: string,
  json: (indent: string | undefined) => string,
): string {
  const parameters = lastMember(objectMembers(text), 'lora_parameters');
  if (parameters === undefined || text[parameters.valueStart] !== '{') return text;
  return applyEdits(text, setMember(text, parameters.valueStart, key, json));
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
  const isWide = indent.length > 2 && indent.length % 4 === 0;
  const inner = indent + (indent.includes('\t') ? '\t' : isWide ? '    ' : '  ');
  return `[\n${texts.map((text) => inner + text).join(',\n')}\n${indent}]`;
}
