/** All 22 dtypes of the format, with their size in bits (safetensors/src/tensor.rs). */
export const DTYPE_BITS = {
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  BOOL: 8,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  I64: 64,
  U64: 64,
  F64: 64,
  C64: 64,
} as const;

export type DtypeName = keyof typeof DTYPE_BITS;

/** Dtypes that scores can be computed from; the others are listed, copied and refused by name. */
export type ArithmeticDtype = 'F64' | 'F32' | 'F16' | 'BF16';

export function isDtype(name: string): name is DtypeName {
  return Object.hasOwn(DTYPE_BITS, name);
}

export function isArithmeticDtype(name: DtypeName): name is ArithmeticDtype {
  return name === 'F64' || name === 'F32' || name === 'F16' || name === 'BF16';
}
