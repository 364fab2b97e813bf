import { stat } from 'node:fs/promises';
import { Disposable } from '../disposable';
import { isMissing } from './keptResults';

/** File events come in bursts; those of so long are handled together. */
const GATHER_MS = 300;
/** One look through the workspace is faster than a `stat` of so many places. */
const MANY_PLACES = 1000;

/**
 * What was created in a workspace, up to 50,000 files at once: if a folder may be among it, the workspace is searched
 * once, never twice at a time.
 */
export class NewPlaces extends Disposable {
  readonly #gathered = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;

  /** @param onError called when a look fails; its places are handled with the next ones */
  constructor(
    private readonly look: () => Promise<void>,
    private readonly onError: (thrown: unknown) => void,
    private readonly mayBeFolder: (place: string) => Promise<boolean> = isFolder,
  ) {
    super();
    this._register({ dispose: () => clearTimeout(this.#timer) });
  }

  /** @param place absolute path of a file or folder */
  add(place: string): void {
    this.#gathered.add(place);
    if (!this.#isLooking) this.#soon();
  }

  #soon(): void {
    if (!this.isDisposed) this.#timer ??= setTimeout(() => void this.#handle(), GATHER_MS);
  }

  async #handle(): Promise<void> {
    this.#timer = undefined;
    this.#isLooking = true;
    const places = [...this.#gathered];
    this.#gathered.clear();
    let failed: readonly string[] = [];
    try {
      if (places.length > MANY_PLACES || (await this.#hasFolder(places))) await this.look();
    } catch (thrown) {
      failed = places;
      this.onError(thrown);
    }
    this.#isLooking = false;
    // Only later places start another look: one that fails would be repeated without end.
    if (this.#gathered.size > 0) this.#soon();
    for (const place of failed) this.#gathered.add(place);
  }

  /** One after the other: nothing waits for it, and others need the threads. */
  async #hasFolder(places: readonly string[]): Promise<boolean> {
    for (const place of places) if (await this.mayBeFolder(place)) return true;
    return false;
  }
}

/** True also if unknown, e.g. in a folder that cannot be read. */
export function isFolder(place: string): Promise<boolean> {
  return stat(place).then(
    (found) => found.isDirectory(),
    (thrown: unknown) => !isMissing(thrown),
  );
}
