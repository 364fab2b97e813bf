import { ADAPTER } from '../../core/results/evaluation/summarize';
import { testFiguresOf } from '../../core/results/repair/sweep';
import { REPAIRED, type RepairDocument } from '../../core/results/repair/types';
import { stepOfPath } from '../../core/trainingStep';
import type { PanelRunStep } from '../../protocol/panelRepair';
import { sharesOf } from './derive';

/** What the panel shows of the repairs of a run; empty with fewer than two. */
export function panelSteps(documents: readonly RepairDocument[]): readonly PanelRunStep[] {
  const steps = documents.flatMap((document): PanelRunStep[] => {
    const before = testFiguresOf(document, ADAPTER);
    if (before === null) return [];
    const after = testFiguresOf(document, REPAIRED) ?? before;
    const { taskScore } = document.target;
    return [
      {
        step: stepOfPath(document.adapter),
        before: sharesOf(before, taskScore),
        after: sharesOf(after, taskScore),
      },
    ];
  });
  return steps.length < 2 ? [] : steps;
}
