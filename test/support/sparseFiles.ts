import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { rawSafetensors } from './safetensorsBytes';

/** A matrix of a file. */
export interface Matrix {
  readonly name: string;
  /** Default: BF16. */
  readonly dtype?: 'BF16' | 'F32';
  readonly shape: readonly [number, number];
}

/** The header of matrices one after another: its text, where each begins in the data, and where the last one ends. */
export function layOutMatrices(matrices: readonly Matrix[]): {
  readonly json: Buffer;
  readonly begins: readonly number[];
  readonly end: number;
} {
  let end = 0;
  const begins: number[] = [];
  const entries = matrices.map(({ name, dtype = 'BF16', shape }) => {
    const begin = end;
    begins.push(begin);
    end += shape[0] * shape[1] * (dtype === 'BF16' ? 2 : 4);
    return [name, { dtype, shape, data_offsets: [begin, end] }] as const;
  });
  return { json: Buffer.from(JSON.stringify(Object.fromEntries(entries))), begins, end };
}

/**
 * Writes a safetensors file of any size in no time: what `fill` does not write is holes, which take no room on the disk.
 * @param fill gets a function that writes bytes at a place in the data
 */
export function writeSparse(
  file: string,
  { json, end }: { readonly json: Uint8Array; readonly end: number },
  fill: (write: (bytes: Uint8Array, at: number) => void) => void = () => undefined,
): void {
  const head = rawSafetensors(json);
  const descriptor = openSync(file, 'w');
  try {
    writeSync(descriptor, head);
    ftruncateSync(descriptor, head.length + end);
    fill((bytes, at) => writeSync(descriptor, bytes, 0, bytes.length, head.length + at));
  } finally {
    closeSync(descriptor);
  }
}
