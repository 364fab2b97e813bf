import { visibleText } from '../../src/core/report/escape';
import { formatDuration, secondsLeft, speed } from '../../src/core/report/progress';
import { formatBytes } from '../../src/core/report/scores';
import type { ProgressEvent } from '../../src/protocol/engineApi';
import { postButton } from '../controls';
import { element, setAttribute, setText } from '../dom';
import { text } from '../strings';
import type { Post } from './view';

export function progressBar(post: Post): {
  readonly element: HTMLElement;
  show: (progress: ProgressEvent | null) => void;
} {
  const range = { 'aria-valuemin': 0, 'aria-valuemax': 100, 'aria-label': text('progressLabel') };
  const fill = element('div', { class: 'progress-fill' });
  const bar = element('div', { class: 'progress-bar', role: 'progressbar', ...range }, fill);
  const module = element('span', { class: 'progress-module' });
  const numbers = element('span', { class: 'progress-facts' });
  const words = element('div', { class: 'progress-text' }, module, numbers);
  const attributes = { class: 'progress', hidden: true };
  return {
    element: element('div', attributes, words, postButton(post, 'cancel', 'cancel'), bar),
    show: (progress) => {
      const done = progress === null ? null : share(progress);
      bar.classList.toggle('indeterminate', done === null);
      setAttribute(bar, 'aria-valuenow', done === null ? null : Math.floor(done * 100));
      fill.style.transform = done === null ? '' : `scaleX(${String(done)})`;
      setText(module, progress === null ? text('starting') : visibleText(progress.module));
      module.title = progress?.module ?? '';
      setText(numbers, progress === null ? '' : facts(progress).join(' · '));
    },
  };
}

function share({ bytesDone, bytesTotal, modulesDone, modulesTotal }: ProgressEvent): number {
  const [done, total] = bytesTotal > 0 ? [bytesDone, bytesTotal] : [modulesDone, modulesTotal];
  return total > 0 ? Math.min(1, Math.max(0, done / total)) : 0;
}

function facts({ bytesDone, bytesTotal, modulesDone, modulesTotal, elapsedMs }: ProgressEvent): string[] {
  const perSecond = speed(bytesDone, elapsedMs);
  const left = secondsLeft(bytesDone, bytesTotal, elapsedMs);
  return [
    text('progressOf', modulesDone, modulesTotal),
    text('progressBytes', formatBytes(bytesDone), formatBytes(bytesTotal)),
    ...(perSecond === null ? [] : [text('progressSpeed', formatBytes(perSecond))]),
    ...(left === null ? [] : [text('progressLeft', formatDuration(left))]),
  ];
}
