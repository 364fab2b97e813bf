import type { AnalyzeRequest, ProductBackend } from '../protocol/engineApi';
import type { OrtProvider } from './workers/protocol';

/** From this rank on ONNX Runtime multiplies faster than the kernels, handing over included (test/bench/RESULTS.md). */
const ORT_RANK = 32;

export interface Backend {
  readonly provider: OrtProvider;
  /** Depends on the module alone, so that scores do not depend on how many threads there are. */
  readonly productsOf: (rank: number) => ProductBackend;
}

/** What multiplies for a request. */
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
