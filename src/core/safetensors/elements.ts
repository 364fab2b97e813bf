import type { ArithmeticDtype } from './dtype';
import { halfValue } from './widen';

/**
 * `factor` times every element, in the tensor's own dtype, rounded to nearest even; exact for powers of two.
 * Little-endian bytes at any alignment. Undefined when a finite element would become infinite.
 */
export function scaleElements(
  bytes: Uint8Array,
  dtype: ArithmeticDtype,
  factor: number,
): Uint8Array | undefined {
  const out = bytes.slice();
  const view = new DataView(out.buffer, out.byteOffset, out.byteLength);
  const { size, read, write } = ACCESS[dtype];
  for (let at = 0; at < out.length; at += size) {
    const before = read(view, at);
    write(view, at, before * factor);
    if (Number.isFinite(before) && !Number.isFinite(read(view, at))) return undefined;
  }
  return out;
}

/** All elements, exactly. Little-endian bytes at any alignment. */
export function readElements(bytes: Uint8Array, dtype: ArithmeticDtype): Float64Array<ArrayBuffer> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { size, read } = ACCESS[dtype];
  return Float64Array.from({ length: bytes.length / size }, (_, i) => read(view, i * size));
}

/** The inverse: each rounded to the nearest, ties to even. Undefined when a finite element would become infinite. */
export function writeElements(values: Float64Array, dtype: ArithmeticDtype): Uint8Array | undefined {
  const { size, read, write } = ACCESS[dtype];
  const out = new Uint8Array(values.length * size);
  const view = new DataView(out.buffer);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    write(view, i * size, value);
    if (Number.isFinite(value) && !Number.isFinite(read(view, i * size))) return undefined;
  }
  return out;
}

interface Access {
  readonly size: number;
  readonly read: (view: DataView, at: number) => number;
  readonly write: (view: DataView, at: number, value: number) => void;
}

const ACCESS: Readonly<Record<ArithmeticDtype, Access>> = {
  F64: {
    size: 8,
    read: (view, at) => view.getFloat64(at, true),
    write: (view, at, value) => {
      view.setFloat64(at, value, true);
    },
  },
  F32: {
    size: 4,
    read: (view, at) => view.getFloat32(at, true),
    write: (view, at, value) => {
      view.setFloat32(at, value, true);
    },
  },
  BF16: {
    size: 2,
    read: (view, at) => fromBits(view.getUint16(at, true) << 16),
    write: (view, at, value) => {
      view.setUint16(at, bf16Bits(value), true);
    },
  },
  F16: {
    size: 2,
    read: (view, at) => halfValue(view.getUint16(at, true)),
    write: (view, at, value) => {
      view.setUint16(at, halfBits(value), true);
    },
  },
};

const word = new DataView(new ArrayBuffer(4));

function fromBits(bits: number): number {
  word.setInt32(0, bits);
  return word.getFloat32(0);
}

/**
 * The nearest bfloat16 (ties to even) of a float64. Rounding by way of float32 would round twice; a float64 below its
 * float32 is distinguished by the sticky bit.
 */
function bf16Bits(value: number): number {
  word.setFloat32(0, value);
  const bits = word.getUint32(0);
  if (Number.isNaN(value)) return (bits >>> 16) | 0x40;
  const kept = bits >>> 16;
  const rest = bits & 0xffff;
  if (rest !== 0x8000) return rest > 0x8000 ? kept + 1 : kept;
  const magnitude = Math.abs(value);
  const half = Math.abs(word.getFloat32(0));
  if (magnitude !== half) return magnitude > half ? kept + 1 : kept;
  return kept + (kept & 1);
}

const HALF_SMALLEST_NORMAL = 2 ** -14;
/** Halfway between the largest half and the next power of two: from here on a value rounds to infinity. */
const HALF_OVERFLOW = 65_520;

/** The nearest IEEE half (ties to even). */
function halfBits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (magnitude >= HALF_OVERFLOW) return sign | 0x7c00;
  if (magnitude < HALF_SMALLEST_NORMAL) return sign | roundEven(magnitude * 2 ** 24);
  const exponent = Math.floor(Math.log2(magnitude));
  // `log2` may be off by one at a power of two; a fraction of 1024 carries into the exponent by itself.
  const power = 2 ** exponent > magnitude ? exponent - 1 : exponent;
  const fraction = roundEven((magnitude / 2 ** power - 1) * 1024);
  return sign | (((power + 15) << 10) + fraction);
}

function roundEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return rest > 0.5 ? floor + 1 : floor;
  return floor + (floor & 1);
}

/** How many elements these axes have; 1 for none. */
export function product(sizes: readonly number[]): number {
  return sizes.reduce((all, size) => all * size, 1);
}

/** Zeros appended along one axis of a row-major tensor: `shape[axis]` becomes `length`. */
export function padAxis(
  bytes: Uint8Array,
  shape: readonly number[],
  axis: number,
  length: number,
): Uint8Array {
  const outer = product(shape.slice(0, axis));
  const row = outer === 0 ? 0 : bytes.length / outer;
  const padded = (row / (shape[axis] ?? 1)) * length;
  const out = new Uint8Array(outer * padded);
  for (let i = 0; i < outer; i++) out.set(bytes.subarray(i * row, (i + 1) * row), i * padded);
  return out;
}
