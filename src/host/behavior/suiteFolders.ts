import * as path from 'node:path';
import { SUITE_KINDS, type SuiteKind } from '../../core/results/evaluation/types';

/** For searches of a workspace. */
export const SUITE_GLOB = `**/{${SUITE_KINDS.join(',')}}.jsonl`;

export interface SuiteFolder {
  readonly path: string;
  readonly kinds: readonly SuiteKind[];
}

/** Groups suite files by folder; the fewer steps from the adapter, the earlier. */
export function suiteFolders(files: readonly string[], adapter: string): readonly SuiteFolder[] {
  const folders = new Map<string, Set<string>>();
  for (const file of files) {
    const folder = path.dirname(file);
    folders.set(folder, (folders.get(folder) ?? new Set()).add(path.basename(file, '.jsonl')));
  }
  const steps = (folder: string): number =>
    path.relative(path.dirname(adapter), folder).split(path.sep).length;
  return [...folders]
    .map(([folder, names]) => ({ path: folder, kinds: SUITE_KINDS.filter((kind) => names.has(kind)) }))
    .sort((x, y) => steps(x.path) - steps(y.path) || (x.path < y.path ? -1 : 1));
}
