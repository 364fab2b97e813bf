/**
 * Spearman's rank correlation of pairs of numbers, from -1 to 1; ties get the mean of their ranks. Null for fewer than
 * three pairs, and where one side is constant.
 */
export function rankCorrelation(pairs: readonly (readonly [number, number])[]): number | null {
  const n = pairs.length;
  if (n < 3) return null;
  const [first, second] = [ranks(pairs.map(([x]) => x)), ranks(pairs.map(([, y]) => y))];
  const mean = (n - 1) / 2;
  let [both, left, right] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const [x, y] = [(first[i] ?? 0) - mean, (second[i] ?? 0) - mean];
    both += x * y;
    left += x * x;
    right += y * y;
  }
  return left === 0 || right === 0 ? null : both / Math.sqrt(left * right);
}

function ranks(values: readonly number[]): Float64Array {
  const order = values.map((value, index) => ({ value, index })).sort((a, b) => a.value - b.value);
  const made = new Float64Array(values.length);
  for (let from = 0; from < order.length;) {
    let to = from;
    while (to + 1 < order.length && order[to + 1]?.value === order[from]?.value) to++;
    for (let i = from; i <= to; i++) made[order[i]?.index ?? 0] = (from + to) / 2;
    from = to + 1;
  }
  return made;
}
