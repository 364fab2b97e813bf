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
  readonly #mayBeFolder: (place: string) => Promise<boolean>;
  readonly #gathered = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;

  /**
   * @param onError hears of a look that failed; its places are looked into with what comes next
   * @param mayBeFolder whether a place is one, as far as can be told
   */
  constructor(
    look: () => Promise<void>,
    onError: (thrown: unknown) => void,
    mayBeFolder: (place: string) => Promise<boolean> = isFolder,
  ) {
    super();
    this.#look = look;
    this.#onError = onError;
    this.#mayBeFolder = mayBeFolder;
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
    let failed: readonly string[] = [];
    this.#gathered.clear();
    try {
      if (places.length > MANY_PLACES || (await this.#holdsFolder(places))) await this.#look();
    } catch (thrown) {
      failed = places;
      throw thrown;
    } finally {
      this.#isLooking = false;
      // Only what came meanwhile asks for another look: one that fails would be tried without end.
      if (this.#gathered.size > 0) this.#soon();
      for (const place of failed) this.#gathered.add(place);
    }
  }

  /** One after the other, up to the first: nobody waits for it, and others need the threads that this takes. */
  async #holdsFolder(places: readonly string[]): Promise<boolean> {
    for (const place of places) if (await this.#mayBeFolder(place)) return true;
    return false;
  }
}

/** Whether a place is a folder; where that cannot be told, it may be. */
export async function isFolder(place: string): Promise<boolean> {
  try {
    return (await stat(place)).isDirectory();
  } catch (thrown) {
    // Gone again; of what cannot be looked at, nobody can tell.
    return !isMissing(thrown);
  }
}
