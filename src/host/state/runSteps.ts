import * as path from 'node:path';
import { compareSteps, stepOf, stepOfPath } from '../../core/trainingStep';

/** The folder of the run whose checkpoint an adapter is; undefined without a step. */
function runFolderOf(adapter: string): string | undefined {
  const folder = path.dirname(adapter);
  if (stepOf(path.basename(adapter)) !== null) return folder;
  return stepOf(path.basename(folder)) === null ? undefined : path.dirname(folder);
}

/** Checkpoints of one training run, and the adapter at its end. */
export interface Run {
  readonly folder: string;
  /** Keys, in the order of the steps, the final adapter last; at least two. */
  readonly adapters: readonly string[];
}

/** Whether two adapters are of one run. */
export function areOfOneRun(one: string, other: string): boolean {
  return groupByRun([one, other]).length === 1;
}

/** Adapters by run; those that belong to none alone. In the order of the first of each. */
export function groupByRun(adapters: readonly string[]): readonly (Run | string)[] {
  const folders = new Set(adapters.flatMap((adapter) => runFolderOf(adapter) ?? []));
  const members = new Map<string, string[]>();
  for (const adapter of adapters) {
    const own = path.dirname(adapter);
    // The final adapter lies beside its checkpoints.
    const folder = runFolderOf(adapter) ?? (folders.has(own) ? own : adapter);
    members.set(folder, [...(members.get(folder) ?? []), adapter]);
  }
  return [...members].map(([folder, found]) => {
    const [only, second] = found;
    return only !== undefined && second === undefined ? only : { folder, adapters: found.toSorted(byStep) };
  });
}

/** By folder before file, so that `checkpoint-100-splora` follows `checkpoint-100`. */
function byStep(x: string, y: string): number {
  const [left, right] = [path.dirname(x), path.dirname(y)];
  return compareSteps(stepOfPath(x), stepOfPath(y), left === right ? [x, y] : [left, right]);
}
