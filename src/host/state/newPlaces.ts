import { stat } from 'node:fs/promises';
import { Disposable } from '../disposable';
import { isMissing } from './identity';

/** File events come in bursts; those of so long are looked at together. */
const GATHER_MS = 300;
/** To look through the workspace takes less than to ask of so many places what they are. */
const MANY_PLACES = 1000;

/**
 * What was created in a workspace, be it 50,000 files at once: where a folder may be among it, one look for what lies in
 * folders is taken, never two at a time.
 */
export class NewPlaces extends Disposable {
  readonly #look: () => Promise<void>;
  readonly #onError: (thrown: unknown) => void;
  readonly #gathered = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;

  /** @param onError hears of a look that failed; its places are looked into with what comes next */
  constructor(look: () => Promise<void>, onError: (thrown: unknown) => void) {
    super();
    this.#look = look;
    this.#onError = onError;
    this._register({ dispose: () => clearTimeout(this.#timer) });
  }

  /** @param place absolute path of a file or folder */
  add(place: string): void {
    this.#gathered.add(place);
    if (!this.#isLooking) this.#soon();
  }

  #soon(): void {
    if (this.isDisposed) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#lookInto().catch(this.#onError);
    }, GATHER_MS);
  }

  async #lookInto(): Promise<void> {
    this.#isLooking = true;
    const places = [...this.#gathered];
    this.#gathered.clear();
    try {
      if (places.length > MANY_PLACES || (await mayHoldFolder(places))) await this.#look();
      if (this.#gathered.size > 0) this.#soon();
    } catch (thrown) {
      for (const place of places) this.#gathered.add(place);
      throw thrown;
    } finally {
      this.#isLooking = false;
    }
  }
}

/** One after the other, up to the first: nobody waits for it, and others need the threads that this takes. */
async function mayHoldFolder(places: readonly string[]): Promise<boolean> {
  for (const place of places) if (await mayBeFolder(place)) return true;
  return false;
}

async function mayBeFolder(place: string): Promise<boolean> {
  try {
    return (await stat(place)).isDirectory();
  } catch (thrown) {
    // Gone again; of what cannot be looked at, nobody can tell.
    return !isMissing(thrown);
  }
}
