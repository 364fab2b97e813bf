type Numbers = Float32Array | Float64Array;

export function dot(x: Numbers, y: Numbers): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i] ?? 0) * (y[i] ?? 0);
  return sum;
}

/** Of a row-major matrix. */
export function transpose<T extends Numbers>(x: T, rows: number, columns: number): T {
  const out = x.slice() as T;
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) out[j * rows + i] = x[i * columns + j] ?? 0;
  return out;
}

/** (rows x inner) (inner x columns), skipping the zeros of `x`. */
export function multiply(
  x: Numbers,
  y: Numbers,
  { rows, inner, columns }: Readonly<Record<'rows' | 'inner' | 'columns', number>>,
): Float64Array {
  const out = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++)
    for (let k = 0; k < inner; k++) {
      const factor = x[i * inner + k] ?? 0;
      if (factor === 0) continue;
      for (let j = 0; j < columns; j++)
        out[i * columns + j] = (out[i * columns + j] ?? 0) + factor * (y[k * columns + j] ?? 0);
    }
  return out;
}
