import * as path from 'node:path';
import { isEntries, type ModelPair } from '../settingDefinitions';

/** Models that were chosen for a folder. */
export interface FolderChoice {
  /** Absolute path. */
  readonly folder: string;
  readonly pair: ModelPair;
}

/** The entry for the adapter's folder or the nearest one above it, up to the workspace folder (`.`). */
export function nearest(
  all: Readonly<Record<string, ModelPair>>,
  root: string,
  adapter: string,
): FolderChoice | undefined {
  const entries = new Map(Object.entries(all));
  for (const folder of ancestors(path.dirname(adapter))) {
    const pair = entries.get(keyIn(root, folder));
    if (pair !== undefined) return { folder, pair };
    if (folder === root) return undefined;
  }
  return undefined;
}

/** A folder as settings name it: from the workspace folder, with `/` on every system. */
export function keyIn(root: string, folder: string): string {
  return path.relative(root, folder).split(path.sep).join('/') || '.';
}

/** A model inside the workspace folder by its path from there, so that the setting can be shared. */
export function shorten(spec: string, root: string): string {
  return spec.startsWith(root + path.sep) ? keyIn(root, spec) : spec;
}

/** The folder and every folder above it, nearest first. */
export function ancestors(folder: string): readonly string[] {
  const parent = path.dirname(folder);
  return parent === folder ? [folder] : [folder, ...ancestors(parent)];
}

/** A saved setting with one entry more or changed; every other entry stays as people wrote it, valid or not. */
export function withEntry(saved: unknown, key: string, pair: ModelPair): Readonly<Record<string, unknown>> {
  const entries = new Map(isEntries(saved) ? Object.entries(saved) : []);
  return Object.fromEntries(entries.set(key, pair));
}

/** A saved setting without one entry: the same value where it has none, undefined where none is left. */
export function withoutEntry(saved: unknown, key: string): unknown {
  if (!isEntries(saved) || !Object.hasOwn(saved, key)) return saved;
  const left = Object.entries(saved).filter(([other]) => other !== key);
  return left.length === 0 ? undefined : Object.fromEntries(left);
}
