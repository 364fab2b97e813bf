import { modelName } from '../checkpoint/naming';

/**
 * Paths as a report shows them, which others read on other machines: relative to the folder that all of them share, and
 * models of the Hugging Face cache by their repo id. Paths that share no folder stay as they are.
 */
export function relativePaths<K extends string>(
  paths: Readonly<Record<K, string>>,
): Readonly<Record<K, string>> {
  const entries = Object.entries<string>(paths).map(([key, path]) => [key, modelName(path)] as const);
  const inFolders = entries.map(([, path]) => path).filter((path) => ABSOLUTE.test(path));
  const shared = sharedFolder(inFolders);
  const relative = (path: string): string =>
    shared !== '' && ABSOLUTE.test(path) ? path.slice(shared.length) : path;
  return Object.fromEntries(entries.map(([key, path]) => [key, relative(path)])) as Record<K, string>;
}

/** POSIX, a drive or a network path of Windows. */
const ABSOLUTE = /^(?:[/\\]|[A-Za-z]:[/\\])/;

/** With its separator at the end; '' where they share only a root. */
function sharedFolder(paths: readonly string[]): string {
  const [first = '', ...others] = paths;
  let length = Math.max(first.lastIndexOf('/'), first.lastIndexOf('\\')) + 1;
  while (length > 0 && !others.every((path) => path.startsWith(first.slice(0, length)))) {
    const before = first.slice(0, length - 1);
    length = Math.max(before.lastIndexOf('/'), before.lastIndexOf('\\')) + 1;
  }
  const shared = first.slice(0, length);
  return /[^/\\:]/.test(shared.replace(/^[A-Za-z]:/, '')) ? shared : '';
}
