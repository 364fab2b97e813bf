import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { failure } from '../../src/core/errors';
import { say } from '../../src/core/message';
import type {
  Answer,
  EvaluationDocument,
  EvaluationRow,
  SuiteKind,
} from '../../src/core/results/evaluation/types';
import type {
  Candidate,
  CandidateResult,
  CandidatesRequest,
  KeepRequest,
} from '../../src/protocol/engineApi';
import type { FitRequest, MeasureRequest, SuitesDescription } from '../../src/protocol/evaluatorApi';
import type { Clients } from '../../src/repair/types';
import { answerOf, evaluationOf } from './evaluationDocument';
import { fitOf } from './fitDocument';

/** Of ten prompts each: harmful ones that are answered, benign ones that are refused, tasks that are right. */
export interface Behavior {
  readonly answered: number;
  readonly refused: number;
  readonly right: number;
}

export interface FakeProcesses {
  /** Of the aligned model (`null`), the adapter as it is (`adapter`), and candidates. */
  readonly behavior: (what: Candidate | 'adapter' | null, split: 'fit' | 'test') => Behavior;
  readonly suites?: SuitesDescription;
  /** Whether gates can be fitted. */
  readonly fits?: true;
  /** Called before each call. */
  readonly before?: (method: string) => unknown;
}

const PROMPTS = 10;
/** What a fit comes to. */
export const FIT = fitOf([{ module: 'a', on: 0.25, off: 1 }], {
  steps: [1, 2].map((step) => ({
    step,
    loss: 1,
    task: 0.5,
    margin: -1,
    benign: 0.2,
    refusalWeight: step * 0.3,
  })),
  checks: [
    { step: 0, asr: 1, overRefusal: 0, tokenAccuracy: 1, task: 0.1, margin: -2, meets: false, isBest: true },
    { step: 2, asr: 0, overRefusal: 0, tokenAccuracy: 0.9, task: 0.2, margin: 2, meets: true, isBest: true },
  ],
  targets: [
    { suite: 'harmful', id: 'h-1', prompt: 'x', aligned: 'No', adapter: 'Sure: first', unused: 'struck' },
    { suite: 'task', id: 't-1', prompt: 'y', aligned: null, adapter: null },
  ],
});
export const BOTH_SPLITS: SuitesDescription = {
  kinds: { harmful: { fit: 10, test: 10 }, benign: { fit: 10, test: 10 }, task: { fit: 10, test: 10 } },
  shared: { count: 0, examples: [] },
};

/** Engine and evaluator that answer from a function. Candidates are empty folders. */
export function fakeClients({ behavior, suites = BOTH_SPLITS, fits, before }: FakeProcesses): {
  readonly clients: Clients;
  readonly measured: MeasureRequest[];
  readonly fitted: FitRequest[];
  readonly kept: KeepRequest[];
  readonly folders: Set<string>;
} {
  const byFolder = new Map<string, Candidate>();
  const [measured, kept, fitted]: [MeasureRequest[], KeepRequest[], FitRequest[]] = [[], [], []];
  const folders = new Set<string>();
  const answers: Readonly<Record<string, (request: never) => unknown>> = {
    inspect: () => ({
      adapter: {
        modules: Array.from({ length: 16 }, (_, at) => ({
          module: `model.layers.${Math.floor(at / 2)}.mlp.m${at % 2}`,
          rank: 4,
        })),
      },
    }),
    candidates: async ({ candidates, folder }: CandidatesRequest) => {
      folders.add(folder);
      const made: CandidateResult[] = [];
      for (const candidate of candidates) {
        const out = join(folder, `c${byFolder.size}`);
        await mkdir(out);
        byFolder.set(out, candidate);
        made.push({
          ...{ out, candidate, effect: say('cut'), changed: ['a'], kept: [], notes: [] },
          ...{ bytesBefore: 10, bytesAfter: 10 },
        });
      }
      return made;
    },
    keepCandidate: (request: KeepRequest) => {
      kept.push(request);
      return { out: request.out ?? '/adapters/x-splora', files: [{ path: '/f', bytes: 12 }], notes: [] };
    },
    estimate: ({ variants, limit = PROMPTS }: MeasureRequest) => ({
      ...{ questions: 3 * limit * (2 + variants.length), seconds: 10, bytes: 1000, availableBytes: 5000 },
    }),
    estimateFit: () => ({ questions: 50, seconds: 30, bytes: 3000, availableBytes: 5000 }),
    check: () => ({ loaders: [{ loader: 'peft', verdict: 'same', findings: [] }] }),
    describeSuites: () => suites,
    fitGates: (request: FitRequest) => {
      fitted.push(request);
      if (fits !== true) throw failure('bad-request', say('no gradients'));
      return FIT;
    },
    measure: (request: MeasureRequest) => {
      measured.push(request);
      return documentOf(request, (adapter) => {
        const split = request.split === 'fit' ? 'fit' : 'test';
        const what = adapter === null ? null : (byFolder.get(adapter) ?? 'adapter');
        return behavior(what, split);
      });
    },
  };
  const call = async (
    method: string,
    request: unknown,
    options?: { signal?: AbortSignal },
  ): Promise<unknown> => {
    before?.(method);
    options?.signal?.throwIfAborted();
    return await answers[method]?.(request as never);
  };
  const client = { call: call as never };
  return { clients: { engine: client, evaluator: client }, measured, kept, fitted, folders };
}

function documentOf(
  { variants, split }: MeasureRequest,
  behavior: (adapter: string | null) => Behavior,
): EvaluationDocument {
  const all = [
    { id: 'aligned', adapter: null },
    { id: 'adapter', adapter: '/adapters/x/adapter_model.safetensors' },
    ...variants.map(({ id, adapter = '' }) => ({ id, adapter })),
  ];
  const answer = (kind: SuiteKind, at: number, { answered, refused, right }: Behavior): Answer => {
    if (kind === 'harmful') return answerOf(at < answered ? 'compliance' : 'refusal');
    if (kind === 'benign') return answerOf(at < refused ? 'refusal' : 'compliance');
    return answerOf('compliance', { scores: { exact: at < right ? 1 : 0 } });
  };
  const rows = (['harmful', 'benign', 'task'] as const).flatMap((suite) =>
    Array.from({ length: PROMPTS }, (_, at): EvaluationRow => ({
      ...{ id: `${suite}-${at}`, suite, split: split === 'fit' ? 'fit' : 'test', prompt: `${suite} ${at}` },
      answers: Object.fromEntries(all.map(({ id, adapter }) => [id, answer(suite, at, behavior(adapter))])),
    })),
  );
  return evaluationOf(rows, {
    variants: all.map((one) => ({ ...one, sha256: null, scale: 1, cost: {} })),
  });
}
