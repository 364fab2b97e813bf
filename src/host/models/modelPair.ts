import * as path from 'node:path';
import { nameKey, looksSwapped } from '../../core/checkpoint/naming';
import { isRecord } from '../../core/record';
import type { ModelPair } from '../settingDefinitions';

/** The model that an adapter says it was trained on. */
export interface Hint {
  readonly name: string;
  /** Undefined: not on this machine. */
  readonly path: string | undefined;
}

/** `base-is-named`: the adapter names the base as its aligned model; `names-swapped`: the names of the models say so. */
export type Doubt = 'base-is-named' | 'names-swapped';

/** Why base and aligned (absolute paths) look swapped; undefined if they do not. */
export function doubtOf({ base, aligned }: ModelPair, hint: Hint | undefined): Doubt | undefined {
  const isNamed = (model: string): boolean =>
    hint !== undefined &&
    (hint.path === undefined ? nameKey(modelName(model)) === nameKey(hint.name) : model === hint.path);
  if (isNamed(base) && !isNamed(aligned)) return 'base-is-named';
  return looksSwapped(modelName(base), modelName(aligned)) ? 'names-swapped' : undefined;
}

/** The name of a model: the repo id of a snapshot in the Hugging Face cache, whose folder is named by a hash; else its path. */
export function modelName(place: string): string {
  const [, repo] = /[\\/]models--([^\\/]+)[\\/]snapshots[\\/][^\\/]+[\\/]?$/.exec(place) ?? [];
  return repo === undefined ? place : repo.replace('--', '/');
}

/** The entry for the adapter's folder or the nearest one above it, up to the workspace folder (`.`). */
export function nearestEntry(
  entries: Readonly<Record<string, ModelPair>>,
  root: string,
  adapter: string,
): ModelPair | undefined {
  for (let folder = path.dirname(adapter); ; folder = path.dirname(folder)) {
    const key = keyIn(root, folder);
    if (Object.hasOwn(entries, key)) return entries[key];
    if (folder === root || folder === path.dirname(folder)) return undefined;
  }
}

/** A saved setting with one entry added or changed; the other entries stay as the user wrote them, valid or not. */
export function withEntry(
  saved: unknown,
  root: string,
  adapter: string,
  { base, aligned }: ModelPair,
): Readonly<Record<string, unknown>> {
  const entry = { base: shorten(base, root), aligned: shorten(aligned, root) };
  const entries = new Map(isRecord(saved) ? Object.entries(saved) : []);
  return Object.fromEntries(entries.set(keyIn(root, path.dirname(adapter)), entry));
}

/** A folder relative to the workspace folder, with `/` on every system. */
function keyIn(root: string, folder: string): string {
  return path.relative(root, folder).split(path.sep).join('/') || '.';
}

/** A model inside the workspace folder by its relative path, so that the settings can be shared. */
function shorten(spec: string, root: string): string {
  return spec.startsWith(root + path.sep) ? keyIn(root, spec) : spec;
}
