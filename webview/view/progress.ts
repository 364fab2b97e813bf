import { visibleText } from '../../src/core/report/escape';
import { formatDuration, secondsLeft, speed } from '../../src/core/report/progress';
import { formatBytes } from '../../src/core/report/scores';
import type { ProgressEvent } from '../../src/protocol/engineApi';
import { postButton } from '../controls';
import { element, setAttribute, setText } from '../dom';
import { text } from '../strings';
import type { Post } from './view';

export class ProgressBar {
  readonly element: HTMLElement;
  readonly #fill = element('div', { class: 'progress-fill' });
  readonly #bar = element(
    'div',
    {
      class: 'progress-bar',
      role: 'progressbar',
      'aria-label': text('progressLabel'),
      'aria-valuemin': 0,
      'aria-valuemax': 100,
    },
    this.#fill,
  );
  readonly #module = element('span', { class: 'progress-module' });
  readonly #facts = element('span', { class: 'progress-facts' });

  constructor(post: Post) {
    this.element = element(
      'div',
      { class: 'progress', hidden: true },
      element('div', { class: 'progress-text' }, this.#module, this.#facts),
      postButton(post, 'cancel', 'cancel'),
      this.#bar,
    );
  }

  show(progress: ProgressEvent | null): void {
    const done = progress === null ? null : share(progress);
    this.#bar.classList.toggle('indeterminate', done === null);
    setAttribute(this.#bar, 'aria-valuenow', done === null ? null : Math.floor(done * 100));
    this.#fill.style.transform = done === null ? '' : `scaleX(${String(done)})`;
    setText(this.#module, progress === null ? text('starting') : visibleText(progress.module));
    this.#module.title = progress?.module ?? '';
    setText(this.#facts, progress === null ? '' : facts(progress).join(' · '));
  }
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
