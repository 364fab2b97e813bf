import { visibleText } from '../report/escape';

/** A hostile name, quoted for a message: cut when long, invisible characters spelt out. */
export function displayName(name: string): string {
  return `"${visibleText(name).replaceAll('"', '\\"')}"`;
}
