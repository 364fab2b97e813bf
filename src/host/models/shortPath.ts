import * as path from 'node:path';

/** Fits into a row of a quick pick and a column of the panel. */
const MAX_SHOWN_PATH = 72;

export interface ShortPathFrom {
  /** The workspace folders, if any. */
  readonly roots: readonly string[];
  readonly home: string | undefined;
}

/**
 * A path as a user reads it: relative to the workspace folder that holds it (`.` for that folder; of several, with
 * its name), else from `~`; what is longer than `maxLength` loses its middle.
 */
export function shortPath(place: string, { roots, home }: ShortPathFrom, maxLength = MAX_SHOWN_PATH): string {
  for (const root of roots) {
    const inside = below(root, place);
    if (inside === undefined) continue;
    const shown = roots.length > 1 ? path.join(path.basename(root), inside) : inside;
    return cutMiddle(shown === '' ? '.' : shown, maxLength);
  }
  const fromHome = home === undefined || home === '' ? undefined : below(home, place);
  return cutMiddle(fromHome === undefined ? place : path.join('~', fromHome), maxLength);
}

/** Relative to `folder`; undefined outside of it. */
function below(folder: string, place: string): string | undefined {
  const relative = path.relative(folder, place);
  const isOutside = relative === '..' || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative);
  return isOutside ? undefined : relative;
}

/** At most `maxLength` characters: both ends say the most. */
export function cutMiddle(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const head = Math.floor((maxLength - 1) / 3);
  return `${text.slice(0, head)}…${text.slice(text.length - (maxLength - 1 - head))}`;
}
