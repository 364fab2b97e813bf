import * as path from 'node:path';
import type { ModelPair } from '../settingDefinitions';

/** What is known of an adapter's models, and who is asked for them. */
export interface ModelSource {
  /**
   * Absolute path of the aligned model of an adapter that none was chosen for: what the settings name for all, else what
   * its config names; undefined: neither is here.
   */
  presumed(adapter: string): Promise<string | undefined>;
  /** What was chosen before, looked at again; undefined: nothing that holds. */
  confirmed(adapter: string): Promise<ModelPair | undefined>;
  /** Asks a person; undefined: the person turned away. */
  choose(adapter: string): Promise<ModelPair | undefined>;
  remember(folder: string, models: ModelPair): Promise<void>;
}

/**
 * The models of each adapter. Asks once for all adapters of the same aligned model: of the same folder, not of the same
 * words, because `../chat` means another folder beside each adapter. One of which none is presumed is asked for
 * by itself: nothing tells that another's models are its own.
 * @returns undefined when the person turned away
 */
export async function modelsForAll(
  adapters: readonly string[],
  source: ModelSource,
): Promise<ReadonlyMap<string, ModelPair> | undefined> {
  const found = new Map<string, ModelPair>();
  const presumed = new Map<string, string | undefined>();
  const byAligned = new Map<string, ModelPair>();
  const share = (adapter: string, models: ModelPair): void => {
    found.set(adapter, models);
    // A pair with another aligned model than is presumed is meant for this adapter alone.
    if (models.aligned === presumed.get(adapter) && !byAligned.has(models.aligned))
      byAligned.set(models.aligned, models);
  };
  for (const adapter of adapters) {
    presumed.set(adapter, await source.presumed(adapter));
    const models = await source.confirmed(adapter);
    if (models !== undefined) share(adapter, models);
  }
  for (const adapter of adapters) {
    if (found.has(adapter)) continue;
    const same = byAligned.get(presumed.get(adapter) ?? '');
    if (same !== undefined) await source.remember(path.dirname(adapter), same);
    const models = same ?? (await source.choose(adapter));
    if (models === undefined) return undefined;
    share(adapter, models);
  }
  return found;
}
