import * as path from 'node:path';

/** Adapters at or below one of the folders; all if no folder is given. */
export function adaptersIn(adapters: readonly string[], folders: readonly string[]): readonly string[] {
  if (folders.length === 0) return adapters;
  const within = (adapter: string, folder: string): boolean => {
    const relative = path.relative(folder, adapter);
    return relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
  };
  return adapters.filter((adapter) => folders.some((folder) => within(adapter, folder)));
}
