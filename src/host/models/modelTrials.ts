import type { ModelPair } from '../settingDefinitions';

/** What the engine said in this session of the models that were chosen: a choice is kept before anybody has tried it. */
export class ModelTrials {
  /** Folders whose kept choice no analysis has proved yet. */
  readonly #untried = new Set<string>();
  readonly #refused = new Set<string>();

  /** A choice was kept for a folder. */
  kept(folder: string): void {
    this.#untried.add(folder);
  }

  /** An analysis with these models ended well. */
  proved(adapter: string, folder: string, pair: ModelPair): void {
    this.#untried.delete(folder);
    this.#refused.delete(keyOf(adapter, pair));
  }

  /** The engine refused these models. @returns whether what is kept for the folder was never proved, and should go */
  refused(adapter: string, folder: string, pair: ModelPair): boolean {
    this.#refused.add(keyOf(adapter, pair));
    return this.#untried.delete(folder);
  }

  isRefused(adapter: string, pair: ModelPair): boolean {
    return this.#refused.has(keyOf(adapter, pair));
  }
}

function keyOf(adapter: string, { base, aligned }: ModelPair): string {
  return JSON.stringify([adapter, base, aligned]);
}
