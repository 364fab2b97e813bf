import { formatDuration } from '../../src/core/report/progress';
import { visibleText } from '../../src/core/report/escape';
import type { PanelRepairing } from '../../src/protocol/panelRepair';
import type { RepairStage } from '../../src/protocol/repairApi';
import { progressBar } from '../behavior/progress';
import { postButton } from '../controls';
import { text, type StringKey } from '../strings';
import type { Post } from '../view/view';

const STAGES: Readonly<Record<RepairStage, StringKey>> = {
  targets: 'repairTargets',
  suites: 'repairSuites',
  scores: 'repairScores',
  before: 'repairBefore',
  passes: 'repairPasses',
  curve: 'repairCurve',
  gates: 'repairGates',
  test: 'repairTest',
  writing: 'repairWriting',
  checking: 'repairChecking',
};

type Running = Extract<PanelRepairing, { kind: 'running' }>;

/** What the repair is doing and how far it is, with *Cancel*. */
export function repairProgress(post: Post): { readonly element: HTMLElement; show: (run: Running) => void } {
  const bar = progressBar(text('repairProgress'), postButton(post, 'cancelMeasure', 'cancelRepair'));
  return {
    element: bar.element,
    show: ({ stage, method, progress }) =>
      bar.show({
        stage: stage === null ? text('starting') : stageText(stage, method),
        share: progress === null || progress.total === 0 ? null : progress.done / progress.total,
        facts: progress === null ? [] : factsOf(progress),
      }),
  };
}

function stageText(stage: RepairStage, method: string | null): string {
  const shown = text(STAGES[stage]);
  return method === null ? shown : `${shown}: ${visibleText(method)}`;
}

function factsOf({ done, total, remainingMs }: NonNullable<Running['progress']>): string[] {
  return [
    ...(total === 0 ? [] : [text('progressAnswers', done, total)]),
    ...(remainingMs === null ? [] : [text('progressLeft', formatDuration(remainingMs / 1000))]),
  ];
}
