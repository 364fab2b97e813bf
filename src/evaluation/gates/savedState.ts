import * as z from 'zod/mini';
import { fitCheck, fitStep } from '../../core/results/fit/parse';
import type { FitState } from './optimize';

const numbers = z.array(z.number());

const saved = z.object({
  values: numbers,
  first: numbers,
  second: numbers,
  adamSteps: z.int().check(z.nonnegative()),
  rate: z.number().check(z.positive()),
  weights: z.object({ refusal: z.number(), benign: z.number() }),
  steps: z.array(fitStep),
  checks: z.array(fitCheck),
  best: z.nullable(numbers),
});

/** A state as a line of a journal. */
export function stateJson({ adam, best, ...rest }: FitState): z.infer<typeof saved> {
  const { rate, weights, steps, checks } = rest;
  return {
    ...{ rate, weights, steps: [...steps], checks: [...checks] },
    ...{ values: [...adam.values], first: [...adam.first], second: [...adam.second] },
    adamSteps: adam.steps,
    best: best === null ? null : [...best],
  };
}

/** Undefined for what is no state of so many parameters. */
export function parseState(value: unknown): FitState | undefined {
  const parsed = saved.safeParse(value);
  if (!parsed.success) return undefined;
  const { values, first, second, adamSteps, best, ...rest } = parsed.data;
  const lengths = [values, first, second, ...(best === null ? [] : [best])].map(({ length }) => length);
  if (new Set(lengths).size !== 1) return undefined;
  return {
    ...rest,
    adam: {
      values: Float64Array.from(values),
      first: Float64Array.from(first),
      second: Float64Array.from(second),
      steps: adamSteps,
    },
    best: best === null ? null : Float64Array.from(best),
  };
}
