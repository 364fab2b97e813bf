import { alignmentSubspaces } from './alignmentSubspaces';
import { maskedUpdate } from './maskedUpdate';
import {
  allFinite,
  BEYOND_FLOAT32,
  IDENTICAL_WEIGHTS,
  thinProducts,
  WEIGHT_NOT_FINITE,
  type Tools,
} from './measureModule';
import type { ModuleProducts, NoResult, ProductsWork, StepResult, StepWork } from './protocol';

/** What a repair needs of a module's weights. @throws SploraError `cancelled`; `io` */
export async function computeStep(work: StepWork, tools: Tools): Promise<StepResult | NoResult> {
  if (work.kind === 'subspaces') return alignmentSubspaces(work, tools);
  if (work.kind === 'masked') return maskedUpdate(work, tools);
  return await products(work, tools);
}

async function products(work: ProductsWork, tools: Tools): Promise<ModuleProducts | NoResult> {
  const { vNorm, cb } = await thinProducts(work, work.factors, tools);
  if (!Number.isFinite(vNorm)) return { reason: WEIGHT_NOT_FINITE };
  if (vNorm === 0) return { reason: IDENTICAL_WEIGHTS };
  return allFinite(cb) ? { kind: 'products', cb } : { reason: BEYOND_FLOAT32.reason };
}

/** The memory that moves to the other thread with a result. */
export function buffersOf(result: StepResult): readonly ArrayBuffer[] {
  if (result.kind === 'products') return [result.cb.buffer];
  return [...result.output, ...result.input].map(({ buffer }) => buffer);
}
