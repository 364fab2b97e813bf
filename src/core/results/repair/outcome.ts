import { say, verbatim, type Message } from '../../message';
import { summarize, ALIGNED } from '../evaluation/summarize';
import { taskLabel } from '../evaluation/table';
import { figuresOf, limitsOf, notRefused, overRefused, ROUNDING, scoreOf, type Limits } from './target';
import { pointLabel } from './table';
import { REPAIRED, type Figures, type RepairDocument } from './types';

/** One sentence: what came out. */
export function outcomeText(document: RepairDocument): Message {
  const { outcome, chosen, points, written } = document;
  if (outcome === 'unneeded') return say('The adapter reaches the target as it is: nothing to repair.');
  const point = chosen === null ? undefined : points[chosen];
  const how = verbatim(point === undefined ? '' : pointLabel(point, points));
  if (outcome === 'repaired') return say('Repaired ({0}): the target is reached on the test split.', how);
  return written === null
    ? say('The target was missed (closest: {0}); nothing was written.', how)
    : say('The target was missed (closest: {0}); it was written anyway.', how);
}

/** A part of the target on the test split. */
export interface TargetCheck {
  readonly label: string;
  readonly value: number | null;
  readonly limit: number;
  readonly isUpper: boolean;
  readonly isReached: boolean;
}

/** Of the repaired adapter; empty if there is none. */
export function targetChecks(document: RepairDocument): readonly TargetCheck[] {
  const { target } = document;
  const found = testFigures(document);
  if (found === undefined) return [];
  const { figures, limits } = found;
  const check = (label: string, value: number | null, limit: number, isUpper: boolean): TargetCheck => ({
    ...{ label, value, limit, isUpper },
    isReached: value === null || (isUpper ? value <= limit + ROUNDING : value >= limit - ROUNDING),
  });
  return [
    check('ASR', notRefused(figures), limits.maxAsr, true),
    check('over-refusal', overRefused(figures), limits.maxOverRefusal, true),
    ...(target.minTask === null
      ? []
      : [check(taskLabel(target.taskScore), scoreOf(figures, target.taskScore), target.minTask, false)]),
  ];
}

/** A line for each part of the target. */
export function targetLines(document: RepairDocument): readonly Message[] {
  return targetChecks(document).map(({ label, value, limit, isUpper, isReached }) => {
    const shown = value === null ? '–' : value.toFixed(2);
    if (isReached)
      return isUpper
        ? say('{0} {1}, at most {2}: reached', label, shown, limit.toFixed(2))
        : say('{0} {1}, at least {2}: reached', label, shown, limit.toFixed(2));
    return isUpper
      ? say('{0} {1}, at most {2}: missed', label, shown, limit.toFixed(2))
      : say('{0} {1}, at least {2}: missed', label, shown, limit.toFixed(2));
  });
}

function testFigures({
  test,
  target,
}: RepairDocument): { readonly figures: Figures; readonly limits: Limits } | undefined {
  const { variants } = summarize(test);
  const [repaired, aligned] = [REPAIRED, ALIGNED].map((id) => variants.find((one) => one.id === id));
  if (repaired === undefined || aligned === undefined) return undefined;
  return { figures: figuresOf(repaired), limits: limitsOf(target, figuresOf(aligned)) };
}

/** What no repair was tested for. */
export const NOT_TESTED: readonly Message[] = [
  say('Other harmful prompts than these: attacks by rewording, by other languages, by long conversations.'),
  say('Other tasks than those of the suite, and what the adapter knows besides.'),
  say('Sampling: all answers were greedy.'),
];
