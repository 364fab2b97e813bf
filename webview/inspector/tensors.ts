import { visibleText } from '../../src/core/report/escape';
import { formatBytes, formatShape } from '../../src/core/report/scores';
import type { TensorColumns } from '../../src/protocol/inspector';
import { STRINGS, text } from '../strings';
import type { Column } from '../table/column';
import { searchWords } from '../table/rows';

/** Numbers in names are padded to this length for sorting, so that layer 10 comes after layer 9. */
const NUMBER_WIDTH = 12;
/** Longer names are cut off: one hostile name must not slow the page. */
const MAX_NAME = 500;

/** All tensors of a file, by column, with what search and sort need. */
export class Tensors {
  readonly names: string[] = [];
  readonly dtypes: string[] = [];
  readonly shapes: string[] = [];
  readonly elements: number[] = [];
  readonly bytes: number[] = [];
  /** Lower case, for searching. */
  readonly #words: string[] = [];
  readonly #nameKeys: string[] = [];

  get size(): number {
    return this.names.length;
  }

  clear(): void {
    for (const list of [this.names, this.dtypes, this.shapes, this.#words, this.#nameKeys]) list.length = 0;
    for (const list of [this.elements, this.bytes]) list.length = 0;
  }

  append(columns: TensorColumns): void {
    for (const [at, name] of columns.names.entries()) {
      const shape = columns.shapes[at] ?? [];
      const dtype = columns.dtypes[at] ?? '';
      const shown = formatShape(shape);
      this.names.push(name);
      this.dtypes.push(dtype);
      this.shapes.push(shown);
      this.elements.push(shape.reduce((product, size) => product * size, 1));
      this.bytes.push(columns.bytes[at] ?? 0);
      this.#words.push(`${name} ${dtype} ${shape.length === 0 ? shown : shape.join('x')}`.toLowerCase());
    }
  }

  /** Indices of the tensors that contain every word, in file order. */
  find(search: string): number[] {
    // A shape is one word, however it is written: 8x64, 8 × 64.
    const words = searchWords(search.toLowerCase().replace(/(\d)\s*[×x*]\s*(?=\d)/g, '$1x'));
    return [...this.names.keys()].filter((index) => {
      const own = this.#words[index] ?? '';
      return words.every((word) => own.includes(word));
    });
  }

  bytesOf(rows: readonly number[]): number {
    return rows.reduce((sum, index) => sum + (this.bytes[index] ?? 0), 0);
  }

  /** A key that sorts names in natural order. */
  nameKey(index: number): string {
    const pad = (digits: string): string => digits.padStart(NUMBER_WIDTH, '0');
    return (this.#nameKeys[index] ??= (this.names[index] ?? '').replace(/\d+/g, pad));
  }
}

export const TENSOR_COLUMNS: readonly Column<Tensors>[] = [
  {
    id: 'name',
    label: STRINGS.columnName,
    width: 300,
    cell: ({ names }, index) => visibleText(names[index] ?? '', MAX_NAME),
    tip: ({ names }, index) => visibleText(names[index] ?? '', MAX_NAME),
    value: (tensors, index) => tensors.nameKey(index),
  },
  {
    id: 'dtype',
    label: STRINGS.columnType,
    width: 98,
    cell: ({ dtypes }, index) => dtypes[index] ?? '',
    value: ({ dtypes }, index) => dtypes[index] ?? '',
  },
  {
    id: 'shape',
    label: STRINGS.columnShape,
    width: 156,
    cell: ({ shapes }, index) => shapes[index] ?? '',
    tip: ({ shapes }, index) => shapes[index] ?? '',
    value: ({ elements }, index) => elements[index] ?? 0,
    largestFirst: true,
  },
  {
    id: 'bytes',
    label: STRINGS.columnSize,
    width: 85,
    align: 'end',
    cell: ({ bytes }, index) => formatBytes(bytes[index] ?? 0),
    tip: ({ bytes }, index) => text('bytes', (bytes[index] ?? 0).toLocaleString()),
    value: ({ bytes }, index) => bytes[index] ?? 0,
    largestFirst: true,
  },
];
