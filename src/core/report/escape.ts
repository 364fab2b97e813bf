/** Names from files are hostile text. Everything shown or exported goes through one of these functions. */

/** Control, format (bidi overrides, zero width, BOM), separator, private-use and lone surrogate characters. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}\p{Cn}]/gu;

/** Longer names are cut in displays; exports for programs keep them whole. */
export const MAX_SHOWN_LENGTH = 200;

/** The text with every character that cannot be seen spelt out, e.g. `\u{202e}`; at most `maxLength` characters. */
export function visibleText(text: string, maxLength = MAX_SHOWN_LENGTH): string {
  // Cut before replacing: a name may be megabytes long.
  const head = text.length > maxLength ? text.slice(0, maxLength) : text;
  const shown = head.replace(
    INVISIBLE,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
  return shown.length > maxLength || text.length > maxLength ? `${shown.slice(0, maxLength - 1)}…` : shown;
}

/** As literal text in CommonMark: no emphasis, link, autolink, HTML, table cell or `$(icon)` comes of it. */
export function escapeMarkdown(text: string, maxLength = MAX_SHOWN_LENGTH): string {
  return visibleText(text, maxLength)
    .replace(/[!-/:-@[-`{-~]/g, (character) => `\\${character}`)
    .replaceAll('\\<', '&lt;')
    .replaceAll('\\>', '&gt;')
    .replaceAll('\\&', '&amp;');
}

const XML_ENTITIES: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#39;'],
]);

/** As text or attribute value in SVG. */
export function escapeXml(text: string): string {
  return visibleText(text).replace(/[&<>"']/g, (character) => XML_ENTITIES.get(character) ?? '');
}

/**
 * One CSV field (RFC 4180). A text that a spreadsheet would run as a formula (it begins with `= + - @`, a tab or a
 * line end) gets an apostrophe in front; numbers are written as they are.
 */
export function csvField(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = /^[=+\-@\t\r\n]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** As literal text in a SARIF message, where `[..](..)` are links and `{0}` placeholders (SARIF 2.1.0, 3.11). */
export function escapeSarifText(text: string): string {
  return visibleText(text)
    .replace(/[\\[\]]/g, (character) => `\\${character}`)
    .replaceAll('{', '{{')
    .replaceAll('}', '}}');
}

/** Absolute path (POSIX, drive letter or UNC) as a `file:` URI. */
export function fileUri(path: string): string {
  const parts = path.replaceAll('\\', '/').split('/').map(encodePathPart);
  const joined = parts.join('/');
  if (joined.startsWith('//')) return `file:${joined}`;
  return joined.startsWith('/') ? `file://${joined}` : `file:///${joined}`;
}

/** A lone surrogate has no UTF-8 form; `encodeURIComponent` would throw on it. */
function encodePathPart(part: string): string {
  return encodeURIComponent(part.replace(/\p{Cs}/gu, '\uFFFD')).replace(/^([A-Za-z])%3A$/, '$1:');
}
