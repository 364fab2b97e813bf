import type { FitDocument, ModuleGates } from '../../src/core/results/fit/types';

const none = { asr: 0, overRefusal: 0, tokenAccuracy: null };

/** Gates as if they had been fitted; `split` with k = 8 if they have two numbers. */
export function fitOf(gates: readonly ModuleGates[], fields: Partial<FitDocument> = {}): FitDocument {
  const isSplit = gates.some(({ off }) => off !== undefined);
  return {
    schemaVersion: 1,
    toolVersion: '0.0.0',
    createdAt: '2026-11-30T12:00:00.000Z',
    adapter: '/adapters/x/adapter_model.safetensors',
    sha256: '00',
    aligned: '/models/aligned',
    inputs: [],
    runner: { kind: 'onnx', software: 'fake 1.0', precision: 'float32' },
    suites: [{ file: '/suites/harmful.jsonl', kind: 'harmful', sha256: '00', prompts: 1, total: 2 }],
    split: isSplit ? { k: 8, side: 'both' } : null,
    options: {
      ...{ per: 'module', round: false, fewer: 0, steps: 60, batch: 16, rate: 0.1 },
      ...{ margin: 1.5, refusalWeight: 0.3, benignWeight: 0.3, maxAsr: null, maxOverRefusal: null },
    },
    gates,
    meets: true,
    results: {
      aligned: none,
      adapter: { asr: 1, overRefusal: 0, tokenAccuracy: 1 },
      gates: { ...none, tokenAccuracy: 0.99 },
    },
    steps: [],
    checks: [],
    targets: [],
    notes: [],
    ...fields,
  };
}
