/** A byte offset in the kernels' memory. */
export type Pointer = number;

/** Exports of `assembly/index.as`, which documents them. */
export interface Kernels {
  packBf16: Pack;
  packF16: Pack;
  packF32: Pack;
  widenBf16: Widen;
  widenF16: Widen;
  widenF64: Widen;
  accumulateRows(
    panel: Pointer,
    panelStride: number,
    rows: number,
    columns: number,
    factors: Pointer,
    rank: number,
    sums: Pointer,
    stride: number,
  ): void;
  accumulateColumnsBf16: AccumulateColumns;
  accumulateColumnsF16: AccumulateColumns;
  accumulateColumnsF32: AccumulateColumns;
  flush(part: Pointer, total: Pointer, count: number): void;
  sumLanes(lanes: Pointer, out: Pointer, count: number): void;
  loadPlanes(
    x: Pointer,
    y: Pointer,
    rowStride: number,
    rankStride: number,
    count: number,
    rank: number,
    paddedRank: number,
    planes: Pointer,
  ): void;
  addGram(planes: Pointer, rank: number, gram: Pointer): void;
  maxAbs(x: Pointer, count: number, rank: number, out: Pointer): void;
  maxNorm(x: Pointer, count: number, rank: number, scale: Pointer): number;
  quantise(
    x: Pointer,
    count: number,
    rank: number,
    scale: Pointer,
    paddedRank: number,
    group: number,
    out: Pointer,
  ): number;
  sampleKeys(
    a: Pointer,
    groups: number,
    x: Pointer,
    m: number,
    pairs: number,
    perRow: number,
    step: number,
    shift: number,
    bins: number,
    histogram: Pointer,
  ): void;
  histogramKeys(list: Pointer, count: number, shift: number, histogram: Pointer): void;
  evaluateKeys(
    list: Pointer,
    count: number,
    first: number,
    last: number,
    x: Pointer,
    a: Pointer,
    n: number,
    rank: number,
    out: Pointer,
  ): number;
  countEight(
    a: Pointer,
    n: number,
    x: Pointer,
    row0: number,
    rows: number,
    bias: number,
    threshold: number,
    hits: Pointer,
  ): Pointer;
  countPairs(
    a: Pointer,
    n: number,
    x: Pointer,
    pairs: number,
    row0: number,
    rows: number,
    bias: number,
    threshold: number,
    hits: Pointer,
  ): Pointer;
  countEdge(
    a: Pointer,
    n: number,
    x: Pointer,
    pairs: number,
    row0: number,
    rows: number,
    group0: number,
    bias: number,
    threshold: number,
    list: Pointer,
    capacity: number,
  ): void;
  listHits(hits: Pointer, end: Pointer, n: number, threshold: number, list: Pointer, capacity: number): void;
  resetCount(): void;
  foundCount(): number;
  aboveCount(): number;
  productRows(
    x: Pointer,
    a: Pointer,
    n: number,
    rank: number,
    row0: number,
    rows: number,
    out: Pointer,
  ): void;
  sampleExact(
    x: Pointer,
    a: Pointer,
    m: number,
    n: number,
    rank: number,
    first: number,
    count: number,
    out: Pointer,
  ): void;
}

export type Pack = (
  aligned: Pointer,
  base: Pointer,
  stride: number,
  rows: number,
  columns: number,
  out: Pointer,
  outStride: number,
) => number;

export type AccumulateColumns = (
  aligned: Pointer,
  base: Pointer,
  stride: number,
  rows: number,
  columns: number,
  factors: Pointer,
  groupStride: number,
  rank: number,
  sums: Pointer,
  panel: Pointer,
) => void;

export type Widen = (source: Pointer, out: Pointer, count: number) => void;

/** The memory below is the kernels' scratch space. */
const FIRST_FREE = 1 << 16;
const PAGE = 1 << 16;
/** Buffers start at OS pages: reading a file to an unaligned address takes twice the time. */
const ALIGNMENT = 4096;

/**
 * The kernels and a stack allocator for their linear memory. The memory grows to the largest module and is kept. Threads
 * do not share it, because ONNX Runtime does not accept shared memory.
 */
export class KernelMemory {
  readonly kernels: Kernels;
  private readonly memory = new WebAssembly.Memory({ initial: 2 });
  private top = FIRST_FREE;

  constructor(wasm: Uint8Array<ArrayBuffer>) {
    const instance = new WebAssembly.Instance(new WebAssembly.Module(wasm), { env: { memory: this.memory } });
    // The kernels' tests call every export.
    this.kernels = instance.exports as unknown as Kernels;
  }

  /** Frees all memory, without clearing it. */
  reset(): void {
    this.top = FIRST_FREE;
  }

  mark(): Pointer {
    return this.top;
  }

  /** Frees everything allocated since the mark. */
  release(mark: Pointer): void {
    this.top = mark;
  }

  /** Not cleared. May detach existing views: allocate first, then create views. */
  allocate(bytes: number): Pointer {
    const pointer = this.top;
    this.top = Math.ceil((pointer + bytes) / ALIGNMENT) * ALIGNMENT;
    const missing = this.top - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / PAGE));
    return pointer;
  }

  bytes(pointer: Pointer, length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.memory.buffer, pointer, length);
  }

  float32(pointer: Pointer, length: number): Float32Array<ArrayBuffer> {
    return new Float32Array(this.memory.buffer, pointer, length);
  }

  float64(pointer: Pointer, length: number): Float64Array<ArrayBuffer> {
    return new Float64Array(this.memory.buffer, pointer, length);
  }

  uint32(pointer: Pointer, length: number): Uint32Array<ArrayBuffer> {
    return new Uint32Array(this.memory.buffer, pointer, length);
  }

  /** Copies `values` to new memory. */
  put(values: Float32Array): Pointer {
    const pointer = this.allocate(values.byteLength);
    this.float32(pointer, values.length).set(values);
    return pointer;
  }
}
