import { lastPart, looksSwapped } from '../../core/checkpoint/naming';

/** A model by what decides about it. */
export interface NamedModel {
  /** Absolute path. */
  readonly path: string;
  /** Repo id or path by which people know it: its base is guessed from that. */
  readonly name: string;
}

/** The model that an adapter says it was trained on. */
export interface Hint {
  readonly name: string;
  /** Where it is on this machine; undefined: nowhere. */
  readonly path: string | undefined;
}

/** `base-is-named`: the adapter names the base as its aligned model; `names-exchanged`: so says how they are called. */
export type Doubt = 'base-is-named' | 'names-exchanged';

/** Why a choice seems to be the wrong way round; undefined when nothing speaks against it. */
export function doubtOf(base: NamedModel, aligned: NamedModel, hint: Hint | undefined): Doubt | undefined {
  const isNamed = (model: NamedModel): boolean => {
    if (hint === undefined) return false;
    return hint.path === undefined ? lastPart(model.name) === lastPart(hint.name) : model.path === hint.path;
  };
  if (isNamed(base) && !isNamed(aligned)) return 'base-is-named';
  return looksSwapped(base.name, aligned.name) ? 'names-exchanged' : undefined;
}

/**
 * What a model is called, by what a person wrote and where that was found: a repo id as it is; a snapshot in the
 * Hugging Face cache, whose folder is named by a hash, by its repo; any other folder by its path.
 */
export function modelName(spec: string, found: string): string {
  const [, repo] = /[\\/]models--([^\\/]+)[\\/]snapshots[\\/][^\\/]+[\\/]?$/.exec(found) ?? [];
  if (repo !== undefined) return repo.replace('--', '/');
  return lastPart(spec) === lastPart(found) ? spec : found;
}
