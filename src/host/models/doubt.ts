import { nameKey, looksSwapped } from '../../core/checkpoint/naming';
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
