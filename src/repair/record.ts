import { lastOfPath } from '../core/lastPart';
import { summarize } from '../core/results/evaluation/summarize';
import { figuresOf } from '../core/results/repair/target';
import type { RepairDocument } from '../core/results/repair/types';

/** For the metadata of the written file: the test and its suites, without folders and without prompts. */
export function measuredRecord({
  test,
  target,
  method,
  points,
}: RepairDocument): Readonly<Record<string, unknown>> {
  const results = summarize(test).variants.map((variant) => [variant.id, figuresOf(variant)] as const);
  return {
    by: method,
    strengths: points.length,
    target,
    split: 'test',
    runner: test.runner.software,
    maxNewTokens: test.sampling.maxNewTokens,
    judge: test.judge,
    suites: test.suites.map(({ file, kind, sha256, prompts }) => ({
      ...{ file: lastOfPath(file), kind, sha256, prompts },
    })),
    results: Object.fromEntries(results),
  };
}
