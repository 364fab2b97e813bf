import type { Sequence } from './sequence';

/**
 * Where the tokens of a batch lie in the graph's list of tokens: first those that all of its sequences begin with, then the
 * rest of each sequence, padded to the longest. Attention never computes what one sequence's rest would see of another's.
 */
export class Layout {
  /** Tokens that are computed for all; where nothing is shared, one that no other sees: ONNX Runtime wants no empty tensor. */
  readonly lead: number;
  /** Tokens of each row after these. */
  readonly rest: number;
  private readonly rows: ReadonlyMap<Sequence, number>;

  /** @param shared tokens that all sequences begin with; each has more */
  constructor(
    private readonly sequences: readonly Sequence[],
    private readonly shared: number,
  ) {
    const width = sequences.reduce((most, { length }) => Math.max(most, length), shared + 1);
    this.lead = Math.max(1, shared);
    this.rest = width - shared;
    this.rows = new Map(sequences.map((sequence, row) => [sequence, row]));
  }

  /** Of all rows. */
  get length(): number {
    return this.lead + this.sequences.length * this.rest;
  }

  /** Number in the list of a sequence's token. */
  token(sequence: Sequence, place: number): number {
    if (place < this.shared) return place;
    return this.lead + (this.rows.get(sequence) ?? 0) * this.rest + place - this.shared;
  }

  /** [length]: ids, and positions for rotations. */
  tokens(): { readonly ids: BigInt64Array; readonly positions: BigInt64Array } {
    const ids = new BigInt64Array(this.length);
    const positions = new BigInt64Array(this.length);
    const write = (sequence: Sequence, at: number, from: number, to: number): void => {
      sequence.writeTokens(ids.subarray(at), positions.subarray(at), from, to);
    };
    this.sequences.forEach((sequence, row) => {
      if (row === 0) write(sequence, 0, 0, this.shared);
      write(sequence, this.lead + row * this.rest, this.shared, sequence.length);
    });
    return { ids, positions };
  }

  /** [lead, lead]: which of the shared tokens each of them sees. */
  leadMask(window: number | undefined): Float32Array {
    const mask = new Float32Array(this.lead * this.lead);
    this.sequences[0]?.writeMask(mask, { from: 0, to: this.lead, columns: this.lead, skipped: 0, window });
    return mask;
  }

  /** [rows, rest, lead + rest]: which of the shared tokens and of its row's rest each token sees. */
  restMask(window: number | undefined): Float32Array {
    const columns = this.lead + this.rest;
    const size = this.rest * columns;
    const mask = new Float32Array(this.sequences.length * size);
    const { shared, rest, lead } = this;
    this.sequences.forEach((sequence, row) => {
      const own = mask.subarray(row * size, (row + 1) * size);
      sequence.writeMask(own, { from: shared, to: shared + rest, columns, skipped: lead - shared, window });
    });
    return mask;
  }
}
