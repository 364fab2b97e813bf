import * as path from 'node:path';
import type { ModelPair } from '../settingDefinitions';

/** What the engine said in this session of the models that were chosen: a choice is kept before anybody has tried it. */
export class ModelTrials {
  /** Folders whose kept choice no analysis has proved yet. */
  readonly #untried = new Set<string>();
  /** By adapter. */
  readonly #refused = new Map<string, Set<string>>();

  /** A choice was kept for a folder: what was refused there before may be meant, now that files are other ones. */
  kept(folder: string): void {
    this.#untried.add(folder);
    for (const adapter of this.#refused.keys())
      if (adapter.startsWith(folder + path.sep)) this.#refused.delete(adapter);
  }

  /** An analysis with these models ended well. */
  proved(adapter: string, folder: string, pair: ModelPair): void {
    this.#untried.delete(folder);
    this.#refused.get(adapter)?.delete(keyOf(pair));
  }

  /** The engine refused these models. @returns whether what is kept for the folder was never proved, and should go */
  refused(adapter: string, folder: string, pair: ModelPair): boolean {
    this.#refused.set(adapter, (this.#refused.get(adapter) ?? new Set()).add(keyOf(pair)));
    return this.#untried.delete(folder);
  }

  isRefused(adapter: string, pair: ModelPair): boolean {
    return this.#refused.get(adapter)?.has(keyOf(pair)) ?? false;
  }
}

function keyOf({ base, aligned }: ModelPair): string {
  return JSON.stringify([base, aligned]);
}
