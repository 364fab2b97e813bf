/** Names from files are hostile text. Everything shown or exported goes through one of these functions. */

/**
 * Control, format (bidi overrides, zero width, BOM), separator, private-use and lone surrogate characters, and those that
 * fonts draw as nothing: fillers, variation selectors (default ignorable), the empty Braille pattern.
 */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}\p{Cn}\p{DI}\u2800]/gu;

/** Longer names are cut in displays; exports for programs keep them whole. */
export const MAX_SHOWN_LENGTH = 200;

/** The text with every character that cannot be seen spelled out, e.g. `\u{202e}`; at most `maxLength` characters. */
export function visibleText(text: string, maxLength = MAX_SHOWN_LENGTH): string {
  // Cut before replacing: a name may be megabytes long.
  const head = text.length > maxLength ? text.slice(0, maxLength) : text;
  const shown = head.replace(
    INVISIBLE,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
  return shown.length > maxLength || text.length > maxLength ? `${shown.slice(0, maxLength - 1)}…` : shown;
}

/** As `visibleText` for a text of several lines, each cut alone. */
export function visibleLines(text: string, maxLength?: number): string {
  return text
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => visibleText(line, maxLength))
    .join('\n');
}

/** VS Code cuts notifications at 1000 characters itself; the details of a dialog may hold two long paths. */
const MAX_PLAIN = 5000;

/**
 * As one line of literal text where VS Code makes links of `[text](target)`, which may run a command, and icons of
 * `$(name)`: notifications, progress, dialogs, lists, input boxes, the status bar. These know no escapes, so a space
 * breaks both forms. Apply it last, to the whole text: a name can complete a form that another part begins.
 */
export function plainText(text: string, maxLength = MAX_PLAIN): string {
  return visibleText(text, maxLength).replace(/([\]$])\(/g, '$1 (');
}

/** Brackets alone are text; a link, an image, a definition, a footnote and a task begin like this. */
const BRACKETED = /\](?:[([:]|$)|\[\^|^\[/m;
const NOTHING = /(?!)/g;
const WORD = /[\p{L}\p{N}]/u;

/**
 * As literal text in a line of Markdown (CommonMark, GitHub's, VS Code's with math): no emphasis, link, autolink, HTML,
 * table cell, list, heading or `$(icon)` comes of it, wherever in a line it is put. What has no meaning there, such as the
 * dots and single underscores of names, stays readable.
 */
export function escapeMarkdown(text: string, maxLength = MAX_SHOWN_LENGTH): string {
  return (
    visibleText(text, maxLength)
      // VS Code looks for icons in what Markdown has made of it, where no escape is left.
      .replaceAll('$(', '$ (')
      // `//` and `www.` begin links that readers make by themselves; a `#` after a space may end a heading.
      .replace(/[\\`*|~$@]|(?<=\/)\/|(?<=\s)#/g, '\\$&')
      .replace(/www(?=\.)/gi, '$&\\')
      .replace(BRACKETED.test(text) ? /[[\]]/g : NOTHING, '\\$&')
      // Between letters or digits, underscores are part of a word.
      .replace(/_+/g, (run, at: number, whole: string) => {
        const isInside = WORD.test(whole[at - 1] ?? '') && WORD.test(whole[at + run.length] ?? '');
        return isInside ? run : run.replaceAll('_', '\\_');
      })
      // What begins a block, if the text begins a line.
      .replace(/^[-+#](?=[\s#-]|$)|^[=:]/, '\\$&')
      .replace(/^(\d{1,9})(?=[.)](?:\s|$))/, '$1\\')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replace(/^ /, '&#32;')
  );
}

const XML_ENTITIES: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#39;'],
]);

/** As text or attribute value in SVG. */
export function escapeXml(text: string, maxLength?: number): string {
  return visibleText(text, maxLength).replace(/[&<>"']/g, (character) => XML_ENTITIES.get(character) ?? '');
}

/** What a spreadsheet takes for the start of a formula, in small and full-width forms too. */
const FORMULA = /(^|[;,\t\r\n"])([^\S\t\r\n]*[=+\-@﹢﹣﹦﹫＋－＝＠])/g;

/**
 * One CSV field (RFC 4180): texts in quotes, numbers as they are. Where a column of a text could run as a formula, it
 * gets an apostrophe in front: also after `;`, tab or quote, which separate columns in some countries and programs.
 */
export function csvField(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  return `"${value.replace(FORMULA, "$1'$2").replaceAll('"', '""')}"`;
}

/**
 * A document as JSON, indented, with a line end. Characters that a terminal runs or an editor hides are escaped; a reader
 * gets the same values.
 */
export function jsonText(value: unknown): string {
  // Almost all of it is ASCII, which is passed over quickly. The line end comes first: a search makes one flat string of
  // the two, appending to its result would make a second one of 150 MB for a listing of 250,000 modules.
  return `${JSON.stringify(value, null, 2)}\n`.replace(/[^\n -~]+/g, (run) =>
    run.replace(INVISIBLE, (character) => character.split('').map(unicodeEscape).join('')),
  );
}

function unicodeEscape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** As literal text in a SARIF message, where `[..](..)` are links and `{0}` placeholders (SARIF 2.1.0, 3.11). */
export function escapeSarifText(text: string, maxLength?: number): string {
  return visibleText(text, maxLength)
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
