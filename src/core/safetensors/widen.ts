import { SploraError } from '../errors';
import { DTYPE_BITS, type ArithmeticDtype } from './dtype';
import { verbatim } from '../message';

/**
 * Widens little-endian elements to float32: exact for F32, F16 and BF16, rounded to nearest for F64.
 * Reference for every faster kernel. `bytes` may lie at any alignment.
 * @param bytes `out.length` elements of `dtype`
 * @throws SploraError 'internal' when the lengths do not fit
 */
export function widen(bytes: Uint8Array, dtype: ArithmeticDtype, out: Float32Array): void {
  if (bytes.length !== (out.length * DTYPE_BITS[dtype]) / 8) {
    const message = verbatim(`widen: ${bytes.length} bytes of ${dtype} for ${out.length} elements`);
    throw new SploraError({ code: 'internal', message });
  }
  if (dtype === 'F32') new Uint8Array(out.buffer, out.byteOffset, out.byteLength).set(bytes);
  else if (dtype === 'F64') out.set(aligned(bytes, Float64Array));
  else if (dtype === 'BF16') widenBF16(aligned(bytes, Uint16Array), out);
  else widenF16(aligned(bytes, Uint16Array), out);
}

function widenBF16(half: Uint16Array, out: Float32Array): void {
  const bits = new Uint32Array(out.buffer, out.byteOffset, out.length);
  for (let i = 0; i < bits.length; i++) bits[i] = (half[i] ?? 0) << 16;
}

function widenF16(half: Uint16Array, out: Float32Array): void {
  f16Bits ??= makeF16Table();
  const table = f16Bits;
  const bits = new Uint32Array(out.buffer, out.byteOffset, out.length);
  for (let i = 0; i < bits.length; i++) bits[i] = table[half[i] ?? 0] ?? 0;
}

/** The float32 bits of all 65,536 halves: one load for each element, with no branch for subnormals. */
let f16Bits: Uint32Array | undefined;

function makeF16Table(): Uint32Array {
  const value = new Float32Array(1);
  const bits = new Uint32Array(value.buffer);
  return Uint32Array.from({ length: 65_536 }, (_, half) => {
    // NaN keeps its payload, which no assignment of a number does.
    if ((half & 0x7c00) === 0x7c00)
      return (((half >>> 15) << 31) | 0x7f80_0000 | ((half & 0x3ff) << 13)) >>> 0;
    value[0] = halfValue(half);
    return bits[0] ?? 0;
  });
}

/** The number that the 16 bits of an IEEE half mean. */
export function halfValue(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

interface ViewType<View> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): View;
}

/** Typed views demand alignment, safetensors does not give it: copy where it lacks. */
function aligned<View>(bytes: Uint8Array, Type: ViewType<View>): View {
  const source = bytes.byteOffset % Type.BYTES_PER_ELEMENT === 0 ? bytes : bytes.slice();
  return new Type(source.buffer, source.byteOffset, source.length / Type.BYTES_PER_ELEMENT);
}
