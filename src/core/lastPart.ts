/** A path of any system, or a repo id, cut before its last part; separators at the end are dropped: `a/b/` -> `a/`, `b`. */
export function cutPath(path: string): readonly [before: string, last: string] {
  let end = path.length;
  while (isSeparator(path[end - 1])) end -= 1;
  let start = end;
  while (start > 0 && !isSeparator(path[start - 1])) start -= 1;
  return [path.slice(0, start), path.slice(start, end)];
}

/** The last part of a path of any system, or of a repo id. */
export function lastOfPath(path: string): string {
  return cutPath(path)[1];
}

/** The last part of a module's name, e.g. `q_proj`. */
export function lastOfName(module: string): string {
  return module.slice(module.lastIndexOf('.') + 1);
}

function isSeparator(character: string | undefined): boolean {
  return character === '/' || character === '\\';
}
