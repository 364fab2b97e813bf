import type { Decoder } from './decoder';
import { INPUT, OUTPUT } from './graph';
import type { OrtSession, Tensor, TensorData } from './ort';

/** Bytes of keys and values for one position of one row, of all layers. */
export function cacheBytesPerToken({ layers }: Pick<Decoder, 'layers'>): number {
  return layers.reduce((sum, { attention }) => sum + 2 * 4 * attention.kvHeads * attention.headSize, 0);
}

interface LayerCache {
  readonly keys: Float32Array;
  readonly values: Float32Array;
  /** Of one row. */
  readonly size: number;
  readonly kvHeads: number;
  readonly headSize: number;
}

/** Of the attention of a step, to the cache and to its own tokens. */
const ATTENTION_BYTES_MAX = 256 * 1024 ** 2;
/** Arrays of that size that exist at once. */
const ATTENTION_COPIES = 3;
const FLOAT_BYTES = 4;

/** Keys and values of rows. Rows are slots; a run works on neighbors. */
export class KeyValueCache {
  /** Tokens of a step, at most: each takes memory for every position and head. */
  readonly tokensMax: number;
  private readonly layers: readonly LayerCache[];

  /** @param positions of each row, at most */
  constructor(
    decoder: Pick<Decoder, 'layers'>,
    readonly slots: number,
    readonly positions: number,
  ) {
    const heads = decoder.layers.reduce((most, { attention }) => Math.max(most, attention.heads), 1);
    const tokenBytes = ATTENTION_COPIES * FLOAT_BYTES * heads * positions;
    this.tokensMax = Math.max(1, Math.floor(ATTENTION_BYTES_MAX / tokenBytes));
    this.layers = decoder.layers.map(({ attention: { kvHeads, headSize } }) => {
      const size = kvHeads * positions * headSize;
      return {
        ...{ kvHeads, headSize, size },
        keys: new Float32Array(slots * size),
        values: new Float32Array(slots * size),
      };
    });
  }

  /** Names of what a run must give back for `write`. */
  outputs(): Record<string, null> {
    return Object.fromEntries(
      this.layers.flatMap((_, index) => [
        [OUTPUT.newKey(index), null],
        [OUTPUT.newValue(index), null],
      ]),
    );
  }

  /** Feeds of a run over `count` rows from `slot` on. @param isEmpty no row has a past */
  feeds(session: OrtSession, slot: number, count: number, isEmpty: boolean): Record<string, Tensor> {
    const feeds: Record<string, Tensor> = {};
    this.layers.forEach(({ keys, values, size, kvHeads, headSize }, index) => {
      const shape = [count, kvHeads, isEmpty ? 0 : this.positions, headSize];
      const view = (data: Float32Array): Tensor =>
        session.tensor({
          data: data.subarray(slot * size, isEmpty ? slot * size : (slot + count) * size),
          shape,
        });
      feeds[INPUT.pastKey(index)] = view(keys);
      feeds[INPUT.pastValue(index)] = view(values);
    });
    return feeds;
  }

  /**
   * Keeps the keys and values of new tokens.
   * @param past of each row: tokens before these
   * @param lengths of each row: how many of the `width` tokens are its own
   */
  write(
    read: (name: string) => TensorData,
    slot: number,
    {
      past,
      lengths,
      width,
    }: { readonly past: readonly number[]; readonly lengths: readonly number[]; readonly width: number },
  ): void {
    this.layers.forEach(({ keys, values, size, kvHeads, headSize }, index) => {
      for (const [name, target] of [
        [OUTPUT.newKey(index), keys],
        [OUTPUT.newValue(index), values],
      ] as const) {
        const data = read(name);
        if (!(data instanceof Float32Array))
          throw new Error(`ONNX Runtime returned ${name} in another type.`);
        lengths.forEach((length, row) => {
          for (let head = 0; head < kvHeads; head++) {
            const from = (row * kvHeads + head) * width * headSize;
            const to = (slot + row) * size + (head * this.positions + (past[row] ?? 0)) * headSize;
            target.set(data.subarray(from, from + length * headSize), to);
          }
        });
      }
    });
  }

  /** Copies the first `length` positions of a row to another slot. */
  move(from: number, to: number, length: number): void {
    for (const { keys, values, size, kvHeads, headSize } of this.layers) {
      const head = this.positions * headSize;
      for (let at = 0; at < kvHeads; at++) {
        const start = from * size + at * head;
        for (const data of [keys, values])
          data.copyWithin(to * size + at * head, start, start + length * headSize);
      }
    }
  }
}
