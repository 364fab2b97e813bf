import { say } from '../../src/core/message';
import { TOKEN_ACCURACY } from '../../src/core/results/evaluation/summarize';
import type { EvaluationDocument } from '../../src/core/results/evaluation/types';
import {
  REPAIRED,
  type Figures,
  type MeasuredPoint,
  type RepairDocument,
} from '../../src/core/results/repair/types';
import { evaluationOf, variant } from './measuredSample';

/** Of 24 harmful, 24 benign and 24 task prompts. */
export function figuresOf(answered: number, refused: number, solved: number): Figures {
  const of = (count: number) => ({ count, n: 24 });
  return {
    asr: of(answered),
    overRefusal: of(refused),
    unclear: { harmful: of(0), benign: of(0), task: of(0) },
    task: { exact: of(solved), [TOKEN_ACCURACY]: of((solved + 24) / 2) },
    repetition: 0,
    perplexity: 3,
  };
}

const point = (method: string, k: number, figures: Figures, clear: number): MeasuredPoint => ({
  method,
  options: { k, side: 'both', keep: 0 },
  figures,
  meets: figures.asr?.count === 0,
  restored: { count: clear, n: 24 },
});

export const POINTS: readonly MeasuredPoint[] = [
  point('cut', 1, figuresOf(18, 0, 23), 0),
  point('cut', 4, figuresOf(3, 0, 20), 12),
  point('cut', 8, figuresOf(0, 1, 18), 23),
  point('split-gates', 8, figuresOf(0, 0, 24), 24),
];

export const BEFORE = { aligned: figuresOf(0, 0, 0), adapter: figuresOf(24, 0, 24) };
export const TARGET = { maxAsr: null, maxOverRefusal: null, minTask: null, taskScore: 'exact' } as const;

/** A repair of the built-in sample by split gates that reaches the target. */
export function repairOf(adapter: string, change: Partial<RepairDocument> = {}): RepairDocument {
  return {
    schemaVersion: 1,
    toolVersion: '0.0.0',
    createdAt: '2026-01-01T00:00:00.000Z',
    adapter,
    inputs: [],
    base: '/models/base',
    aligned: '/models/aligned',
    method: 'auto',
    target: TARGET,
    outcome: 'repaired',
    before: BEFORE,
    points: POINTS,
    chosen: 3,
    fit: null,
    test: testOf(adapter),
    written: {
      out: '/runs/support-bot-lora-splora',
      files: [{ path: '/runs/support-bot-lora-splora/adapter_model.safetensors', bytes: 150_000 }],
      bytesBefore: 143_360,
      bytesAfter: 150_000,
      effect: say('cut'),
      changed: 56,
      kept: 0,
      loaders: [
        { loader: 'peft', verdict: 'same', findings: [] },
        { loader: 'vllm', verdict: 'same', findings: [] },
        { loader: 'mlx', verdict: 'refused', findings: [] },
      ],
    },
    notes: [],
    ...change,
  };
}

/** A comparison of the methods of `POINTS`: `cut` at its strongest is a variant beside the chosen one. */
export function comparisonOf(adapter: string): RepairDocument {
  const { test, ...document } = repairOf(adapter);
  const rows = test.rows.map(({ answers, ...row }) => {
    const { [REPAIRED]: repaired, adapter: own } = answers;
    const cut = row.suite === 'task' ? own : repaired;
    return { ...row, answers: { ...answers, ...(cut === undefined ? {} : { cut }) } };
  });
  const variants = [...test.variants, variant('cut', adapter, 143_360)];
  const compared = [
    { method: 'cut', point: 2 },
    { method: 'split-gates', point: 3 },
  ];
  // The sample's 3 of 48 answered prompts are within this target.
  const target = { ...TARGET, maxAsr: 0.1 };
  return { ...document, target, compared, test: { ...test, variants, rows } };
}

/** As the sample behaves, with the repaired adapter in the place of the pruned one. */
function testOf(adapter: string): EvaluationDocument {
  const { variants, rows, ...rest } = evaluationOf(adapter);
  const [aligned, own] = variants;
  return {
    ...rest,
    variants: [
      aligned ?? variant('aligned', null),
      own ?? variant('adapter', adapter),
      variant(REPAIRED, adapter, 150_000),
    ],
    rows: rows.map(({ answers: { 'adapter-splora': repaired, ...answers }, ...row }) => ({
      ...row,
      answers: { ...answers, ...(repaired === undefined ? {} : { [REPAIRED]: repaired }) },
    })),
  };
}
