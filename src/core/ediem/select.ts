/**
 * The value that would stand at `index` if `values` were sorted ascending; reorders them (Hoare's quickselect).
 * @param values no NaN among them
 */
export function selectInPlace(values: Float64Array, index: number): number {
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const pivot = values[(low + high) >> 1] ?? NaN;
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
    else break;
  }
  return values[index] ?? NaN;
}
