import type { Decoder } from './decoder';
import { INPUT, OUTPUT } from './graph';
import type { OrtSession, Tensor } from './ort';

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

/**
 * Keys and values of rows, in memory that every run writes in place: ONNX Runtime is given the same memory as past and
 * as present, so nothing is copied and nothing is left to collect. Rows are slots; a run works on neighbors.
 */
export class KeyValueCache {
  private readonly layers: readonly LayerCache[];

  /** @param positions of each row, at most */
  constructor(
    decoder: Pick<Decoder, 'layers'>,
    readonly slots: number,
    readonly positions: number,
  ) {
    this.layers = decoder.layers.map(({ attention: { kvHeads, headSize } }) => {
      const size = kvHeads * positions * headSize;
      return {
        ...{ kvHeads, headSize, size },
        keys: new Float32Array(slots * size),
        values: new Float32Array(slots * size),
      };
    });
  }

  /** Past and present of `count` rows from `slot` on: feeds and outputs of a run. */
  tensors(
    session: OrtSession,
    slot: number,
    count: number,
  ): Record<'feeds' | 'outputs', Record<string, Tensor>> {
    const feeds: Record<string, Tensor> = {};
    const outputs: Record<string, Tensor> = {};
    this.layers.forEach(({ keys, values, size, kvHeads, headSize }, index) => {
      const shape = [count, kvHeads, this.positions, headSize];
      const view = (data: Float32Array): Tensor =>
        session.tensor({ data: data.subarray(slot * size, (slot + count) * size), shape });
      feeds[INPUT.pastKey(index)] = outputs[OUTPUT.presentKey(index)] = view(keys);
      feeds[INPUT.pastValue(index)] = outputs[OUTPUT.presentValue(index)] = view(values);
    });
    return { feeds, outputs };
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
