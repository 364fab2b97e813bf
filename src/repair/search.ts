/** The weakest point of a line that is strong enough, found by halving; the first two points are a third apart. */
export class LineSearch {
  /** Largest index known to be too weak, smallest known to be strong enough. */
  private weak = -1;
  private strong: number;
  private started = false;

  /** @param length points from weak to strong */
  constructor(private readonly length: number) {
    this.strong = length;
  }

  /** Index of the weakest point that is strong enough; undefined: none is known. */
  get found(): number | undefined {
    return this.strong < this.length ? this.strong : undefined;
  }

  /** Indexes to measure next; none: the search is over. */
  next(): readonly number[] {
    if (!this.started) {
      this.started = true;
      const thirds = [this.length / 3, (2 * this.length) / 3].map(Math.floor);
      return [...new Set(thirds)].filter((at) => at < this.length);
    }
    return this.strong - this.weak > 1 ? [Math.floor((this.weak + this.strong) / 2)] : [];
  }

  /** What was measured. Where more strength does not mean more refusals, the weakest point that suffices counts. */
  add(at: number, isStrongEnough: boolean): void {
    if (isStrongEnough) this.strong = Math.min(this.strong, at);
    else if (at < this.strong) this.weak = Math.max(this.weak, at);
    this.weak = Math.min(this.weak, this.strong - 1);
  }
}
