// Tile kernels of the engine in AssemblyScript (wasm SIMD, 128 bit, no relaxed operations: the same bits everywhere).
// All pointers are byte offsets in the one linear memory, which the caller lays out (`KernelMemory`). Each kernel has a
// plain TypeScript counterpart or definition in src/core, and a test that compares both.
export { packBf16, packF16, packF32, widenBf16, widenF16, widenF64 } from './difference';
export { accumulateRows, accumulateColumnsBf16, accumulateColumnsF16, accumulateColumnsF32, flush, sumLanes } from './products';
export { loadPlanes, addGram } from './grams';
export { maxAbs, maxNorm, quantise, sampleKeys, histogramKeys, evaluateKeys } from './keys';
export { countEight, countPairs, countEdge, listHits, resetCount, foundCount, aboveCount } from './count';
export { productRows, sampleExact } from './exact';
