import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repair } from '../../../src/engine/repair';
import { StepCache } from '../../../src/engine/stepCache';
import { WorkerPool } from '../../../src/engine/workers/pool';
import { openChat } from '../../../src/evaluation/chat/chat';
import { createOnnxRunner } from '../../../src/evaluation/runners/onnx/runner';
import type {
  ContinuationScore,
  Continuation,
  GeneratedAnswer,
  Question,
  Runner,
  Variant,
} from '../../../src/evaluation/runners/types';
import { CONTEXT } from '../../support/engine';
import { shared } from '../../support/paths';
import { pruneRequest } from '../../support/pruneRequest';

export const hasTiny = existsSync(shared('tiny'));
export const tiny = (...parts: readonly string[]): string => shared('tiny', ...parts);

export interface GoldenRow {
  readonly id: string;
  readonly answer: string;
  readonly ended: boolean;
  /** Log-probability of the aligned model's refusal, its end included. */
  readonly refusal?: number;
  /** Log-probabilities of the first words of a refusal and a compliance. */
  readonly first?: readonly [number, number];
  readonly logprobs?: readonly number[];
}

export interface GoldenVariant {
  /** What every module is multiplied by, or the modules that were removed. */
  readonly gates: number | { readonly removed: readonly string[] };
  readonly results: Readonly<Record<'harmful' | 'benign' | 'task', readonly GoldenRow[]>>;
}

export interface Golden {
  readonly variants: Readonly<Record<string, GoldenVariant>>;
}

export interface Prompt {
  readonly prompt: string;
  readonly reference?: string;
}

export async function readGolden(name: string): Promise<Golden> {
  return JSON.parse(await readFile(tiny('golden', `behaviour-${name}.json`), 'utf8')) as Golden;
}

/** Prompts of the three suites by their id. */
export async function readPrompts(): Promise<ReadonlyMap<string, Prompt>> {
  const prompts = new Map<string, Prompt>();
  for (const kind of ['harmful', 'benign', 'task']) {
    const lines = (await readFile(tiny('suites', `${kind}.jsonl`), 'utf8')).trim().split('\n');
    for (const line of lines) {
      const { id, ...prompt } = JSON.parse(line) as Prompt & { readonly id: string };
      prompts.set(id, prompt);
    }
  }
  return prompts;
}

/** The variant of a golden as an adapter in `folder`: the sample's without the modules that were removed. */
export async function prunedLike(variant: GoldenVariant, name: string, folder: string): Promise<string> {
  assert.ok(typeof variant.gates === 'object', name);
  const { removed: modules } = variant.gates;
  const request = pruneRequest({ adapter: tiny(name), modules, out: join(folder, name) });
  const { out, changed } = await repair(request, CONTEXT, {
    pool: new WorkerPool(),
    steps: new StepCache(),
  });
  assert.deepEqual([...changed].sort(), [...modules].sort());
  return out;
}

export async function tinyRunner(variants: readonly Variant[]): Promise<Runner> {
  const chat = await openChat({ adapter: null, model: tiny('aligned') });
  return createOnnxRunner({ model: tiny('aligned'), variants, chat, threads: 1 });
}

const never = new AbortController().signal;

export async function generateAll(
  runner: Runner,
  questions: readonly Question[],
  options: { readonly maxNewTokens?: number; readonly signal?: AbortSignal } = {},
): Promise<ReadonlyMap<string, GeneratedAnswer>> {
  const answers = new Map<string, GeneratedAnswer>();
  const { maxNewTokens = 24, signal = never } = options;
  await runner.generate(
    questions,
    { signal, maxNewTokens },
    (answer) => void answers.set(answer.key, answer),
  );
  return answers;
}

export async function scoreEach(
  runner: Runner,
  continuations: readonly Continuation[],
): Promise<ReadonlyMap<string, ContinuationScore>> {
  const scores = new Map<string, ContinuationScore>();
  await runner.score?.(continuations, { signal: never }, (score) => void scores.set(score.key, score));
  return scores;
}
