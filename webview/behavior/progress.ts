import { formatDuration } from '../../src/core/report/progress';
import type { MeasureProgress } from '../../src/protocol/behavior';
import { postButton } from '../controls';
import { element, setAttribute, setText } from '../dom';
import { text } from '../strings';
import type { Post } from '../view/view';

const STAGES = {
  loading: 'stageLoading',
  checking: 'stageChecking',
  answering: 'stageAnswering',
  scoring: 'stageScoring',
  judging: 'stageJudging',
  timing: 'stageTiming',
} as const;

/** Answers so far, tokens per second and time left, with *Cancel*. */
export function measureProgress(post: Post): {
  readonly element: HTMLElement;
  show: (progress: MeasureProgress | null) => void;
} {
  const range = { 'aria-valuemin': 0, 'aria-valuemax': 100, 'aria-label': text('measureProgress') };
  const fill = element('div', { class: 'progress-fill' });
  const bar = element('div', { class: 'progress-bar', role: 'progressbar', ...range }, fill);
  const stage = element('span', { class: 'progress-module' });
  const facts = element('span', { class: 'progress-facts' });
  const words = element('div', { class: 'progress-text' }, stage, facts);
  const cancel = postButton(post, 'cancelMeasure', 'cancelMeasure');
  return {
    element: element('div', { class: 'progress', hidden: true }, words, cancel, bar),
    show: (progress) => {
      const share =
        progress === null || progress.total === 0 ? null : Math.min(1, progress.done / progress.total);
      bar.classList.toggle('indeterminate', share === null);
      setAttribute(bar, 'aria-valuenow', share === null ? null : Math.floor(share * 100));
      fill.style.transform = share === null ? '' : `scaleX(${String(share)})`;
      setText(stage, text(progress === null ? 'starting' : STAGES[progress.stage]));
      setText(facts, progress === null ? '' : factsOf(progress).join(' · '));
    },
  };
}

function factsOf({ done, total, tokensPerSecond, remainingMs }: MeasureProgress): string[] {
  return [
    ...(total === 0 ? [] : [text('progressAnswers', done, total)]),
    ...(tokensPerSecond > 0 ? [text('progressTokens', Math.round(tokensPerSecond))] : []),
    ...(remainingMs === null ? [] : [text('progressLeft', formatDuration(remainingMs / 1000))]),
  ];
}
