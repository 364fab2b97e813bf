/** So low that its exponential is 0, and finite: a row that sees nothing must not become NaN. */
const UNSEEN = -1e30;
/** Parent of the first token. */
const ROOT = -1;

export interface MaskOptions {
  readonly from: number;
  readonly to: number;
  /** Of the mask. */
  readonly columns: number;
  /** Columns before that of the first place. */
  readonly skipped: number;
  /** Positions that a token sees back; absent: all. */
  readonly window?: number | undefined;
}

/**
 * Prompts and answers as one row of a batch: a tree of tokens, in which they share what they begin with. A token sees those
 * on its way to the root.
 */
export class Sequence {
  private readonly ids: number[] = [];
  private readonly parents: number[] = [];
  private readonly depths: number[] = [];
  /** By parent, then by token. */
  private readonly children = new Map<number, Map<number, number>>();

  get length(): number {
    return this.ids.length;
  }

  /** @returns of each token of the answer: the place in the row that predicts it */
  add(prompt: readonly number[], answer: readonly number[]): number[] {
    let place = ROOT;
    for (const id of prompt) place = this.child(place, id);
    return answer.map((id, at) => {
      const from = place;
      // The last token is only predicted.
      if (at < answer.length - 1) place = this.child(place, id);
      return from;
    });
  }

  private child(parent: number, id: number): number {
    const own = this.children.get(parent) ?? new Map<number, number>();
    this.children.set(parent, own);
    const known = own.get(id);
    if (known !== undefined) return known;
    const place = this.ids.length;
    this.ids.push(id);
    this.parents.push(parent);
    this.depths.push((this.depths[parent] ?? -1) + 1);
    own.set(id, place);
    return place;
  }

  /** Writes the tokens of the places [from, to). */
  writeTokens(ids: BigInt64Array, positions: BigInt64Array, from: number, to: number): void {
    for (let place = from; place < to; place++) {
      ids[place - from] = BigInt(this.ids[place] ?? 0);
      positions[place - from] = BigInt(this.depths[place] ?? 0);
    }
  }

  /** Writes a row for each place [from, to) of which it sees. Padding sees itself. */
  writeMask(mask: Float32Array, { from, to, columns, skipped, window = Infinity }: MaskOptions): void {
    mask.fill(UNSEEN);
    for (let place = from; place < to; place++) {
      const start = (place - from) * columns + skipped;
      const first = (this.depths[place] ?? 0) - window;
      for (let seen = place; seen >= 0; seen = this.parents[seen] ?? ROOT) {
        if (seen !== place && (this.depths[seen] ?? 0) <= first) break;
        mask[start + seen] = 0;
      }
    }
  }
}
