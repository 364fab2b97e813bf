/**
 * A text for users as data: a fixed English text with places `{0}`, `{1}`, … and what goes into them. Errors, reasons,
 * notes and findings stay messages across processes and in documents; `render` makes a string where one is shown.
 */
export interface Message {
  readonly text: string;
  readonly values?: readonly MessageValue[];
}

/** A value is shown as it is (names from files are hostile: escape what was rendered), a message is rendered itself. */
export type MessageValue = string | number | Message;

/** The same text in another language, its places unfilled. */
export type Translate = (english: string) => string;

/** Messages in messages; no message of ours comes near. */
export const MAX_MESSAGE_DEPTH = 8;
/** Characters of a rendered message from a document. A few nested texts can say "{0}{0}" often enough to fill memory. */
const MAX_MESSAGE_LENGTH = 1_000_000;

/** @param text a string literal: `.vscode/scripts/l10n.mjs` collects the texts to translate from these calls */
export function say(text: string, ...values: readonly MessageValue[]): Message {
  return values.length === 0 ? { text } : { text, values };
}

/** A text in which nothing is translated or filled in: of the operating system, of a library, of an old document. */
export function verbatim(text: string): Message {
  return { text: '{0}', values: [text] };
}

export function render(message: Message, translate: Translate = asItIs): string {
  return renderTo(message, translate, MAX_MESSAGE_DEPTH);
}

function asItIs(english: string): string {
  return english;
}

function renderTo({ text, values = [] }: Message, translate: Translate, depth: number): string {
  // In one pass: values are never read as texts.
  return translate(text).replace(PLACE, (place, at: string) => {
    const value = values[Number(at)] ?? place;
    if (typeof value !== 'object') return String(value);
    return depth === 0 ? '…' : renderTo(value, translate, depth - 1);
  });
}

const PLACE = /\{(\d+)\}/g;

/** Whether a message from a document can be rendered: not nested too deeply, not too long. Renders nothing. */
export function isRenderable(message: Message): boolean {
  return lengthOf(message, MAX_MESSAGE_DEPTH) <= MAX_MESSAGE_LENGTH;
}

function lengthOf({ text, values = [] }: Message, depth: number): number {
  const lengths = values.map((value) => {
    if (typeof value !== 'object') return String(value).length;
    return depth === 0 ? Infinity : lengthOf(value, depth - 1);
  });
  const unused = lengths.includes(Infinity) ? Infinity : 0;
  const places = [...text.matchAll(PLACE)].map(([, at]) => lengths[Number(at)] ?? 0);
  return places.reduce((sum, length) => sum + length, text.length + unused);
}
