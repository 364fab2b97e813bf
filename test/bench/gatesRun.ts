// Forked by gates.ts: the runner of gates in a process of its own, as the evaluator has it.
import type { Chat } from '../../src/evaluation/chat/chat';
import type { GateRunner, LossTerm } from '../../src/evaluation/runners/gates';
import { createOnnxGateRunner } from '../../src/evaluation/runners/onnx/gateRunner';
import { serveParent } from '../../src/rpc/serveParent';

export interface GatesApi {
  load(request: LoadGates): Promise<{ readonly modules: readonly string[] }>;
  /** The mean negative log-probability of the last tokens of each row, all gates at 1. */
  step(request: StepRequest): Promise<StepResult>;
  memory(): Promise<Peak>;
}

export interface LoadGates {
  readonly model: string;
  readonly adapter: string;
  /** The adapter itself does: what is timed does not depend on numbers. */
  readonly cut?: string;
  readonly threads: number;
}

export interface StepRequest {
  readonly rows: readonly (readonly number[])[];
  /** Of each row: how many of its last tokens count. */
  readonly targets: readonly number[];
}

export interface Peak {
  readonly peakBytes: number;
  /** Estimated before the model was loaded. */
  readonly estimatedBytes?: number;
}

export interface StepResult {
  readonly ms: number;
  readonly loss: number;
  /** By the gate of each module. */
  readonly gradient: readonly number[];
}

const KIB = 1024;
const read = (text: string): number[] => text.split(' ').map(Number);

/** Texts are lists of ids. */
const IDS: Chat = {
  tokenizer: {
    ...{ record: { file: 'tokenizer.json', sha256: '' }, notes: [], size: Infinity },
    ...{ endTokens: new Set(), padToken: 0, specialTokens: new Map(), encode: read },
    decode: (list) => list.join(' '),
  },
  records: { tokenizer: { file: 'tokenizer.json', sha256: '' } },
  notes: [],
  prompt: ([message]) => read(message?.content ?? ''),
  answer: (_messages, text) => read(text),
};

let runner: GateRunner | undefined;
let estimatedBytes: number | undefined;

serveParent<GatesApi>({
  async load(request) {
    await runner?.close();
    runner = await createOnnxGateRunner({ ...request, chat: IDS });
    return { modules: runner.modules };
  },

  async step({ rows, targets }) {
    if (runner === undefined) throw new Error('Nothing is loaded.');
    const { modules, isSplit } = runner;
    const all = targets.reduce((sum, count) => sum + count, 0);
    const terms = rows.map((row, at): LossTerm => {
      const own = row.slice(-(targets[at] ?? 0));
      const content = row.slice(0, -own.length).join(' ');
      const prompt = { messages: [{ role: 'user', content }] } as const;
      return {
        kind: 'likelihood',
        prompt,
        targets: own,
        weight: 1 / all,
      };
    });
    const { signal } = new AbortController();
    estimatedBytes ??= (await runner.estimate?.(terms, { signal }))?.bytes;
    const ones = new Float64Array(modules.length).fill(1);
    const started = performance.now();
    const step = await runner.step(terms, isSplit ? { on: ones, off: ones } : { on: ones }, { signal });
    const ms = performance.now() - started;
    const { on, off } = step.gradient;
    return { ms, loss: step.loss, gradient: Array.from(on, (value, at) => value + (off?.[at] ?? 0)) };
  },

  memory: () => {
    const peakBytes = KIB * process.resourceUsage().maxRSS;
    return Promise.resolve({ peakBytes, ...(estimatedBytes === undefined ? {} : { estimatedBytes }) });
  },
});
