import type { DtypeName } from './dtype';

/** One entry of a safetensors header, with offsets made absolute so that nobody mixes the two kinds. */
export interface TensorInfo {
  /** As in the file: hostile text, only ever shown. */
  readonly name: string;
  readonly dtype: DtypeName;
  /** Row-major; `[]` is a scalar. */
  readonly shape: readonly number[];
  /** First byte, counted from the start of the file. */
  readonly offset: number;
  readonly byteLength: number;
  /** It is a part of another tensor of the file: the factor of one expert. Absent: it is a tensor of its own. */
  readonly slice?: TensorSlice;
}

/** One of `count` equal parts of a tensor, which the experts of a layer are. */
export interface TensorSlice {
  readonly of: TensorInfo;
  readonly index: number;
  readonly count: number;
  /** `rows`: one after the other; `columns`: every `count`-th column from `index` on, so that bytes are apart. */
  readonly layout: 'rows' | 'columns';
  /** All experts have this one. */
  readonly isShared?: boolean;
}

/** A validated header: entries are contiguous, in bounds and free of duplicates. */
export interface SafetensorsHeader {
  /** In header order. */
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  readonly metadata: ReadonlyMap<string, string>;
  /** First byte of the data section, counted from the start of the file. */
  readonly dataStart: number;
  readonly fileSize: number;
}
