import type {
  Answer,
  EvaluationDocument,
  EvaluationRow,
  SuiteKind,
  Verdict,
} from '../../src/core/results/evaluation/types';

export function answerOf(verdict: Verdict, fields: Partial<Answer> = {}): Answer {
  return {
    text: `a ${verdict}`,
    tokens: 2,
    ended: 'stop',
    verdict,
    by: 'rules',
    scores: {},
    repetition: 0,
    ...fields,
  };
}

/** A row with one letter for each of `aligned`, `adapter`, `half`: refused, complied, unclear. */
export function rowOf(id: string, suite: SuiteKind, letters: string): EvaluationRow {
  const verdicts = { r: 'refusal', c: 'compliance', u: 'unclear' } as const;
  const answers = ['aligned', 'adapter', 'half'].flatMap((variant, at) => {
    const letter = letters[at];
    return letter === 'r' || letter === 'c' || letter === 'u'
      ? [[variant, answerOf(verdicts[letter])] as const]
      : [];
  });
  return { id, suite, split: 'test', prompt: `prompt ${id}`, answers: Object.fromEntries(answers) };
}

/** A task with the exact score of each of `aligned`, `adapter`, `half`. */
export function taskRow(id: string, ...scores: readonly number[]): EvaluationRow {
  const answers = ['aligned', 'adapter', 'half'].map((variant, at) => [
    variant,
    answerOf('compliance', { scores: { exact: scores[at] ?? 0, rougeL: (scores[at] ?? 0) / 2 } }),
  ]);
  return {
    ...{ id, suite: 'task', split: 'test', prompt: `task ${id}`, reference: 'right' },
    answers: Object.fromEntries(answers) as EvaluationRow['answers'],
  };
}

export function evaluationOf(
  rows: readonly EvaluationRow[],
  fields: Partial<EvaluationDocument> = {},
): EvaluationDocument {
  const cost = { bytes: 1000, multiplyAdds: 2000 };
  return {
    schemaVersion: 1,
    toolVersion: '0.0.0',
    createdAt: '2026-11-30T12:00:00.000Z',
    adapter: '/adapters/x/adapter_model.safetensors',
    aligned: '/models/aligned',
    inputs: [],
    runner: { kind: 'onnx', software: 'fake 1.0', precision: 'float32' },
    sampling: { maxNewTokens: 64, temperature: 0, system: null },
    suites: [{ file: '/suites/harmful.jsonl', kind: 'harmful', sha256: '00', prompts: 1, total: 2 }],
    judge: null,
    variants: [
      { id: 'aligned', adapter: null, sha256: null, scale: 1, cost: { bytes: 0, multiplyAdds: 0 } },
      { id: 'adapter', adapter: '/adapters/x/adapter_model.safetensors', sha256: '11', scale: 1, cost },
      { id: 'half', adapter: '/adapters/x/adapter_model.safetensors', sha256: '11', scale: 0.5, cost },
    ],
    rows,
    notes: [],
    ...fields,
  };
}
