import { formatShape } from '../../src/core/report/scores';
import type { TensorColumns } from '../../src/protocol/inspector';

export const SORT_KEYS = ['file', 'name', 'dtype', 'shape', 'bytes'] as const;
/** `file`: the order of the file's header. */
export type SortKey = (typeof SORT_KEYS)[number];

export interface Sort {
  readonly key: SortKey;
  readonly descending: boolean;
}

export interface TensorRow {
  readonly name: string;
  readonly dtype: string;
  readonly shape: string;
  readonly bytes: number;
}

/** Numbers in names are padded to this length, so that layer 10 stands after layer 9 in plain string order. */
const NUMBER_WIDTH = 12;

/** All tensors of a file, in columns, with what search and sort need computed once for each tensor. */
export class TensorTable {
  readonly #names: string[] = [];
  readonly #dtypes: string[] = [];
  readonly #shapes: string[] = [];
  readonly #elements: number[] = [];
  readonly #bytes: number[] = [];
  /** Lower case, for searching. */
  readonly #words: string[] = [];
  /** For natural order; filled when it is first sorted by name. */
  #nameKeys: string[] = [];

  get size(): number {
    return this.#names.length;
  }

  append(columns: TensorColumns): void {
    for (const [at, name] of columns.names.entries()) {
      const shape = columns.shapes[at] ?? [];
      const dtype = columns.dtypes[at] ?? '';
      const shown = formatShape(shape);
      this.#names.push(name);
      this.#dtypes.push(dtype);
      this.#shapes.push(shown);
      this.#elements.push(shape.reduce((product, size) => product * size, 1));
      this.#bytes.push(columns.bytes[at] ?? 0);
      this.#words.push(`${name} ${dtype} ${shape.length === 0 ? shown : shape.join('x')}`.toLowerCase());
    }
  }

  row(index: number): TensorRow | undefined {
    const name = this.#names[index];
    if (name === undefined) return undefined;
    return {
      name,
      dtype: this.#dtypes[index] ?? '',
      shape: this.#shapes[index] ?? '',
      bytes: this.#bytes[index] ?? 0,
    };
  }

  /** Indices of the rows that hold every word of `search`, in order. Equal rows keep the order of the file. */
  view(search: string, sort: Sort): Uint32Array {
    // A shape is one word, however it is written: 8x64, 8 × 64.
    const shapes = search.toLowerCase().replace(/(\d)\s*[×x*]\s*(?=\d)/g, '$1x');
    const terms = shapes.split(/\s+/).filter(Boolean);
    const found = new Uint32Array(this.size);
    let count = 0;
    for (const [index, words] of this.#words.entries()) {
      if (terms.every((term) => words.includes(term))) found[count++] = index;
    }
    return this.#sorted(found.subarray(0, count), sort);
  }

  /** Sum of the sizes of some rows. */
  bytesOf(rows: Uint32Array): number {
    return rows.reduce((sum, index) => sum + (this.#bytes[index] ?? 0), 0);
  }

  #sorted(rows: Uint32Array, { key, descending }: Sort): Uint32Array {
    if (key === 'file') return descending ? rows.reverse() : rows;
    const column = this.#column(key);
    const sign = descending ? -1 : 1;
    return rows.sort((x, y) => {
      const left = column[x] ?? 0;
      const right = column[y] ?? 0;
      if (left === right) return x - y;
      return left < right ? -sign : sign;
    });
  }

  #column(key: Exclude<SortKey, 'file'>): readonly (string | number)[] {
    switch (key) {
      case 'name':
        return this.#naturalNames();
      case 'dtype':
        return this.#dtypes;
      case 'shape':
        return this.#elements;
      case 'bytes':
        return this.#bytes;
    }
  }

  #naturalNames(): readonly string[] {
    for (let index = this.#nameKeys.length; index < this.size; index += 1) {
      const name = this.#names[index] ?? '';
      this.#nameKeys.push(name.replace(/\d+/g, (digits) => digits.padStart(NUMBER_WIDTH, '0')));
    }
    return this.#nameKeys;
  }
}
