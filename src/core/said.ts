declare const said: unique symbol;

/**
 * A sentence for people that was made by `say`: a reason, a note, a finding. The type keeps texts out that no window in
 * another language would know.
 */
export type Said = string & { readonly [said]: true };

/**
 * An English sentence from a fixed text with places `{0}`, `{1}`, … and what stands in them. It crosses processes and
 * is stored as plain text; windows in other languages find the fixed text again (`src/host/errors/wordingOf.ts`), so
 * that every `text` must stand in `src/host/errors/engineTexts.ts`. What goes in may itself be said.
 */
export function say(text: string, ...values: readonly (string | number)[]): Said {
  return fill(text, values) as Said;
}

/** The text with its places filled in, in one pass: values are never read as texts. */
export function fill(text: string, values: readonly (string | number)[]): string {
  return text.replace(/\{(\d+)\}/g, (place, at: string) => String(values[Number(at)] ?? place));
}
