import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { defined } from '../core/record';
import { ALIGNED, answerOf } from '../core/results/evaluation/summarize';
import { FIT_PROMPTS } from '../core/results/fit/options';
import { passNeeds } from '../methods';
import type { RepairMethod } from '../methods/types';
import type { RepairJob } from './types';

/**
 * Records what a method needs of passes over prompts, unless another method needed it before. A server runs none: there, the
 * method says what is missing.
 */
export async function recordPasses(job: RepairJob, method: RepairMethod): Promise<void> {
  const { request, clients, context, passes } = job;
  const { adapter, measure, fitLimit = FIT_PROMPTS } = request;
  const { aligned, suites, runner, system, skipBrokenLines } = measure;
  const kinds = passNeeds([method]).filter((kind) => !passes.kinds.has(kind));
  if (kinds.length === 0 || runner.kind !== 'onnx') return;
  context.emit({ type: 'stage', stage: 'passes', method: method.id });
  const folder = passes.folder ?? join(job.folder, 'passes');
  await mkdir(folder, { recursive: true });
  const { threads, plainPrompts } = runner;
  await clients.evaluator.call(
    'recordPasses',
    {
      ...{ adapter, aligned, suites, kinds, folder, limit: fitLimit, answers: refusalsIn(job) },
      ...defined({ threads, plainPrompts, system, skipBrokenLines }),
    },
    { signal: context.signal, onEvent: (event) => context.emit({ type: 'measure', event }) },
  );
  passes.folder = folder;
  for (const kind of kinds) passes.kinds.add(kind);
}

/** As the aligned model was measured. */
function refusalsIn({ memory }: RepairJob): Readonly<Record<string, string>> {
  const rows = memory.known.get('fit')?.rows ?? [];
  return Object.fromEntries(
    rows.flatMap((row) => {
      const answer = row.suite === 'harmful' ? answerOf(row, ALIGNED) : undefined;
      return answer?.verdict === 'refusal' && answer.text !== null ? [[row.id, answer.text]] : [];
    }),
  );
}
