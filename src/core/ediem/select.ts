/** Ranges longer than this are narrowed around the wanted index first. */
const LONG = 600;

/**
 * The value that would be at `index` if `values` were sorted ascending; reorders them so that no value before it is
 * larger and none after it smaller. (Floyd and Rivest, CACM 18, 1975: a pivot from a sample near the wanted index, so
 * that little more than each value is compared once.)
 * @param values no NaN among them
 * @param from no value before it is larger than any after it, as an earlier selection has left them
 */
export function selectInPlace(values: Float64Array, index: number, from = 0): number {
  narrow(values, index, from, values.length - 1);
  return values[index] ?? NaN;
}

function narrow(values: Float64Array, index: number, from: number, to: number): void {
  let [low, high] = [from, to];
  while (low < high) {
    if (high - low > LONG) narrow(values, index, ...sampleAround(index, low, high));
    const pivot = values[index] ?? NaN;
    let [i, j] = [low, high];
    while (i <= j) {
      while ((values[i] ?? NaN) < pivot) i++;
      while ((values[j] ?? NaN) > pivot) j--;
      if (i > j) break;
      const value = values[i] ?? NaN;
      values[i++] = values[j] ?? NaN;
      values[j--] = value;
    }
    if (index <= j) high = j;
    else if (index >= i) low = i;
    else return;
  }
}

/** A small part of the range, placed so that the wanted value is likely to be on the shorter side of its own. */
function sampleAround(index: number, low: number, high: number): [number, number] {
  const count = high - low + 1;
  const share = (index - low + 1) / count;
  const log = Math.log(count);
  const size = 0.5 * Math.exp((2 * log) / 3);
  const spread = 0.5 * Math.sqrt(log * size * (1 - size / count)) * (share < 0.5 ? -1 : 1);
  return [
    Math.max(low, Math.floor(index - share * size + spread)),
    Math.min(high, Math.floor(index + (1 - share) * size + spread)),
  ];
}
