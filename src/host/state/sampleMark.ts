import type * as vscode from 'vscode';

const KEY = 'openedSample';

/** Remembers, over the change of windows, that the sample is about to be opened in `folder` (a file system path). */
export async function markSample(memento: vscode.Memento, folder: string): Promise<void> {
  await memento.update(KEY, folder);
}

/**
 * The folder of the sample where one of `folders` was marked, once: the mark is taken away. Another window's mark stays
 * for that window.
 */
export async function takeSampleMark(
  memento: vscode.Memento,
  folders: readonly string[],
): Promise<string | undefined> {
  const marked = memento.get<unknown>(KEY);
  if (typeof marked !== 'string' || !folders.includes(marked)) return undefined;
  await memento.update(KEY, undefined);
  return marked;
}
