/**
 * A text for users as data: a fixed English text with places `{0}`, `{1}`, … and the values for them. Errors, reasons,
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

/** @param text a string literal: `.vscode/scripts/l10n.mjs` collects the texts to translate from these calls */
export function say(text: string, ...values: readonly MessageValue[]): Message {
  return values.length === 0 ? { text } : { text, values };
}

/** A text in which nothing is translated or filled in: of the operating system, of a library, of an old document. */
export function verbatim(text: string): Message {
  return { text: '{0}', values: [text] };
}

/** In English unless `translate` says otherwise. */
export function render(message: Message, translate: Translate = (english) => english): string {
  const { text, values = [] } = message;
  // In one pass: values are never read as texts.
  return translate(text).replace(PLACE, (place, at: string) => {
    const value = values[Number(at)] ?? place;
    return typeof value === 'object' ? render(value, translate) : String(value);
  });
}

/** How long a message is when it is rendered. Nested texts of a stranger's document can repeat a place until memory is full. */
export function renderedLength({ text, values = [] }: Message): number {
  const lengths = values.map((value) =>
    typeof value === 'object' ? renderedLength(value) : String(value).length,
  );
  return Array.from(text.matchAll(PLACE), ([, at]) => lengths[Number(at)] ?? 0).reduce(
    (sum, length) => sum + length,
    text.length,
  );
}

const PLACE = /\{(\d+)\}/g;
