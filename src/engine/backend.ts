import type { AnalyzeRequest, ProductBackend } from '../protocol/engineApi';
import type { OrtProvider } from './workers/protocol';

/** From this rank on, ONNX Runtime is faster than the kernels, transfers between threads included (test/bench/RESULTS.md). */
const ORT_RANK = 32;

export interface Backend {
  readonly provider: OrtProvider;
  /** Depends on the module alone, so that scores do not depend on the number of threads. */
  readonly productsOf: (rank: number) => ProductBackend;
}

export function backendOf({ executionProvider = 'auto', products }: AnalyzeRequest): Backend {
  const provider = PROVIDERS[executionProvider];
  if (products !== undefined) return { provider, productsOf: () => products };
  if (provider !== 'cpu') return { provider, productsOf: () => 'onnx' };
  return { provider, productsOf: (rank) => (rank >= ORT_RANK ? 'onnx' : 'kernels') };
}

const PROVIDERS = {
  auto: 'cpu',
  cpu: 'cpu',
  webgpu: 'webgpu',
  cuda: 'cuda',
  directml: 'dml',
  coreml: 'coreml',
} as const;
