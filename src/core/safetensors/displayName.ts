import { visibleText } from '../report/escape';

/** Longest name of a tensor, module or model that is read, in characters; real ones have some hundred, paths up to this. */
export const MAX_NAME_LENGTH = 4096;

/** A hostile name, quoted for a message: cut when long, invisible characters spelled out. */
export function displayName(name: string): string {
  return `"${unquotedName(name)}"`;
}

/** The same for a text that has the quotes itself: none is left bare, so that the text's own tell where a name ends. */
export function unquotedName(name: string): string {
  return visibleText(name).replaceAll('"', '\\"');
}

export function shapeText(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}
