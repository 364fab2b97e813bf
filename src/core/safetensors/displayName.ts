import { visibleText } from '../report/escape';

/** A hostile name, quoted for a message: cut when long, invisible characters spelt out. */
export function displayName(name: string): string {
  return `"${unquotedName(name)}"`;
}

/** The same for a text that has the quotes itself: none is left bare, so that the text's own tell where a name ends. */
export function unquotedName(name: string): string {
  return visibleText(name).replaceAll('"', '\\"');
}
