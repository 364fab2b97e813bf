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
  reading: 'stageReading',
} as const;

interface Shown {
  readonly stage: string;
  /** 0 to 1; null: it is not known. */
  readonly share: number | null;
  readonly facts: readonly string[];
}

/** A bar with words, and a button that cancels. @param label of the bar, for screen readers */
export function progressBar(
  label: string,
  cancel: HTMLElement,
): { readonly element: HTMLElement; show: (shown: Shown) => void } {
  const range = { 'aria-valuemin': 0, 'aria-valuemax': 100, 'aria-label': label };
  const fill = element('div', { class: 'progress-fill' });
  const bar = element('div', { class: 'progress-bar', role: 'progressbar', ...range }, fill);
  const stageText = element('span', { class: 'progress-module' });
  const factsText = element('span', { class: 'progress-facts' });
  const words = element('div', { class: 'progress-text' }, stageText, factsText);
  return {
    element: element('div', { class: 'progress', hidden: true }, words, cancel, bar),
    show: ({ stage, share, facts }) => {
      const known = share === null ? null : Math.min(1, share);
      bar.classList.toggle('indeterminate', known === null);
      setAttribute(bar, 'aria-valuenow', known === null ? null : Math.floor(known * 100));
      fill.style.transform = known === null ? '' : `scaleX(${String(known)})`;
      setText(stageText, stage);
      setText(factsText, facts.join(' · '));
    },
  };
}

/** Answers so far, tokens per second and time left. */
export function measureProgress(post: Post): {
  readonly element: HTMLElement;
  show: (progress: MeasureProgress | null) => void;
} {
  const bar = progressBar(text('measureProgress'), postButton(post, 'cancelMeasure', 'cancelMeasure'));
  return {
    element: bar.element,
    show: (progress) =>
      bar.show({
        stage: text(progress === null ? 'starting' : STAGES[progress.stage]),
        share: progress === null || progress.total === 0 ? null : progress.done / progress.total,
        facts: progress === null ? [] : factsOf(progress),
      }),
  };
}

function factsOf({ done, total, tokensPerSecond, remainingMs }: MeasureProgress): string[] {
  return [
    ...(total === 0 ? [] : [text('progressAnswers', done, total)]),
    ...(tokensPerSecond > 0 ? [text('progressTokens', Math.round(tokensPerSecond))] : []),
    ...(remainingMs === null ? [] : [text('progressLeft', formatDuration(remainingMs / 1000))]),
  ];
}
