import * as path from 'node:path';
import { givenOptions, isScripted, isUriOrPath, pointedPaths, type CommandArguments } from './targets';

/** What *Analyze All Adapters in Workspace* was called with. */
export interface RunCall {
  /** Paths of the folders (or adapters) that it is about; none: the whole workspace. */
  readonly folders: readonly string[];
  /** Options of a caller, after folders or alone. */
  readonly options: Readonly<Record<string, unknown>> | undefined;
  /** As arguments of a command that is about one adapter: same options, same caller. */
  forAdapter(adapter: string): CommandArguments;
}

/** Rows of a tree are left out: a view's title hands over the row in focus, which nobody pointed at. */
export function runCall(args: CommandArguments): RunCall {
  const places = args.flat().filter(isUriOrPath);
  const options = givenOptions([undefined, ...args]);
  const scripted = isScripted(args);
  return {
    folders: places.flatMap((place) => pointedPaths([place])),
    options,
    // The empty list says that a person asked (see `isScripted`).
    forAdapter: (adapter) => [adapter, ...(options === undefined ? (scripted ? [] : [[]]) : [options])],
  };
}

/** Adapters at or below one of the folders; all of them where no folder is named. */
export function adaptersIn(adapters: readonly string[], folders: readonly string[]): readonly string[] {
  if (folders.length === 0) return adapters;
  const within = (adapter: string, folder: string): boolean => {
    const way = path.relative(folder, adapter);
    return way !== '..' && !way.startsWith(`..${path.sep}`) && !path.isAbsolute(way);
  };
  return adapters.filter((adapter) => folders.some((folder) => within(adapter, folder)));
}
