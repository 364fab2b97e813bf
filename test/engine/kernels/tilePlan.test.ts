import assert from 'node:assert/strict';
import type { ArithmeticDtype } from '../../../src/core/safetensors/dtype';
import { DifferenceTiles } from '../../../src/engine/workers/differenceTiles';
import { tilePlan } from '../../../src/engine/workers/tilePlan';
import { JobSignals } from '../../../src/engine/workers/signals';
import { suiteKernels, suiteWeights } from './support';

/** Columns, dtypes of base and aligned, rows of a tile, bytes of both tiles for each element of one. */
const PLANS: readonly (readonly [number, ArithmeticDtype, ArithmeticDtype, number, number])[] = [
  [28_672, 'BF16', 'BF16', 32, 2 + 2],
  [8192, 'BF16', 'BF16', 128, 2 + 2],
  [64, 'F16', 'F16', 256, 2 + 2],
  [8192, 'F32', 'F32', 64, 4 + 4],
  // Read and widened; what is float32 already is not widened.
  [28_672, 'F32', 'BF16', 32, 4 + (2 + 4)],
  [28_672, 'BF16', 'F32', 16, 2 + 4 + 4],
  [28_672, 'F16', 'BF16', 32, 2 + 4 + (2 + 4)],
  [28_672, 'F64', 'F64', 16, 8 + 4 + (8 + 4)],
];

describe('tile plan', () => {
  const { files, folder } = suiteWeights();
  const suite = suiteKernels();

  /** What the tiles take of the kernels' memory for weights of `columns`. */
  const allocated = (columns: number, base: ArithmeticDtype, aligned: ArithmeticDtype): number => {
    suite.memory.reset();
    const start = suite.memory.mark();
    const empty = new Uint8Array(0);
    const stored = {
      ...{ rows: 1000, columns, transposed: false },
      base: folder.store(empty, base),
      aligned: folder.store(empty, aligned),
    };
    const { panel } = new DifferenceTiles(stored, suite.memory, files, new JobSignals());
    // The panel is allocated last.
    return panel - start;
  };

  for (const [columns, base, aligned, rows, bytes] of PLANS) {
    it(`is what is allocated: ${String(columns)} columns, ${base} and ${aligned}`, () => {
      const plan = tilePlan(columns, base, aligned);
      assert.equal(plan.rows, rows);
      const sum = plan.base.raw + plan.base.widened + plan.aligned.raw + plan.aligned.widened;
      assert.equal(sum, rows * columns * bytes);
      // All of these are whole pages, to which the memory rounds up.
      assert.equal(allocated(columns, base, aligned), sum);
    });
  }
});
