/** Numbers of modules that a curve measures, from few to many: sixteenths, and the first few one by one. */
export function moduleCounts(modules: number): readonly number[] {
  const shares = Array.from({ length: 15 }, (_, at) => Math.round(((at + 1) * modules) / 16));
  return [...new Set([1, 2, 4, ...shares])].filter((top) => top > 0 && top < modules).sort((a, b) => a - b);
}
