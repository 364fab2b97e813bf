import { visibleText } from '../../src/core/report/escape';
import { formatDuration, secondsLeft, speed } from '../../src/core/report/progress';
import { formatBytes } from '../../src/core/report/scores';
import { concernsModels } from '../../src/protocol/errorHelp';
import type { ProgressEvent } from '../../src/protocol/engineApi';
import { button } from '../controls';
import { element, icon, setAttribute, setText, show } from '../dom';
import type { Dirty, PageModel } from '../model/page';
import { text } from '../strings';
import { FailureBanner } from './failure';
import type { Post, View } from './view';

/** Progress of a run, a failure, and the news that files changed. */
export class StatusView implements View {
  readonly element: HTMLElement;
  readonly #progress: ProgressBar;
  readonly #stale: HTMLElement;
  readonly #staleText = element('span');
  readonly #failed: FailureBanner;
  readonly #chooseModels: ReturnType<typeof button>;
  /** What reads models: disabled where the workspace is not trusted. */
  readonly #reading: readonly ReturnType<typeof button>[];
  readonly #liveNote = element('p', { class: 'note', text: text('liveNote'), attributes: { hidden: '' } });
  /** Start and end of a run, for screen readers: the bar itself would be too talkative. */
  readonly #spoken = element('div', { class: 'visually-hidden', attributes: { role: 'status' } });

  constructor(post: Post) {
    this.#progress = new ProgressBar(post);
    this.#chooseModels = button({
      label: text('chooseModels'),
      onClick: () => post({ type: 'chooseModels' }),
    });
    const retry = button({ label: text('tryAgain'), onClick: () => post({ type: 'analyze' }) });
    const again = button({ label: text('analyzeAgain'), onClick: () => post({ type: 'analyze' }) });
    this.#reading = [this.#chooseModels, retry, again];
    this.#failed = new FailureBanner(text('failedTitle'), [
      retry,
      this.#chooseModels,
      button({ label: text('showLog'), onClick: () => post({ type: 'showLog' }) }),
    ]);
    this.#stale = element('div', {
      class: 'notice warning',
      attributes: { role: 'status', hidden: '' },
      children: [
        icon('warning'),
        element('div', { class: 'notice-text', children: [this.#staleText] }),
        again,
      ],
    });
    this.element = element('div', {
      class: 'status',
      children: [this.#progress.element, this.#liveNote, this.#failed.element, this.#stale, this.#spoken],
    });
  }

  update(model: PageModel, dirty: Dirty): void {
    if (!dirty.run && !dirty.data) return;
    const { run, stale } = model;
    const running = run.kind === 'running';
    for (const one of this.#reading) one.disabled = !model.trusted;
    const started = this.#progress.element.hidden && running;
    const ended = !this.#progress.element.hidden && !running;
    if (started) setText(this.#spoken, text('runStarted'));
    if (ended) setText(this.#spoken, text('cancelledOrDone'));
    show(this.#progress.element, running);
    if (running) this.#progress.show(run.progress);
    show(this.#liveNote, running && model.isLive && model.table.names.length > 0);
    this.#failed.show(run.kind === 'failed' ? run.error : null);
    show(this.#chooseModels, run.kind === 'failed' && concernsModels(run.error));
    show(this.#stale, stale !== null && !running);
    if (stale !== null) setText(this.#staleText, text('staleText', visibleText(stale)));
  }
}

class ProgressBar {
  readonly element: HTMLElement;
  readonly #bar: HTMLElement;
  readonly #fill = element('div', { class: 'progress-fill' });
  readonly #module = element('span', { class: 'progress-module' });
  readonly #facts = element('span', { class: 'progress-facts' });

  constructor(post: Post) {
    this.#bar = element('div', {
      class: 'progress-bar',
      attributes: {
        role: 'progressbar',
        'aria-label': text('progressLabel'),
        'aria-valuemin': '0',
        'aria-valuemax': '100',
      },
      children: [this.#fill],
    });
    this.element = element('div', {
      class: 'progress',
      attributes: { hidden: '' },
      children: [
        element('div', { class: 'progress-text', children: [this.#module, this.#facts] }),
        button({ label: text('cancel'), onClick: () => post({ type: 'cancel' }) }),
        this.#bar,
      ],
    });
  }

  show(progress: ProgressEvent | null): void {
    this.#bar.classList.toggle('indeterminate', progress === null);
    setAttribute(
      this.#bar,
      'aria-valuenow',
      progress === null ? null : String(Math.floor(share(progress) * 100)),
    );
    this.#fill.style.transform = progress === null ? '' : `scaleX(${String(share(progress))})`;
    setText(this.#module, progress === null ? text('starting') : visibleText(progress.module));
    this.#module.title = progress?.module ?? '';
    setText(this.#facts, progress === null ? '' : facts(progress).join(' · '));
  }
}

function share({ bytesDone, bytesTotal, modulesDone, modulesTotal }: ProgressEvent): number {
  const [done, total] = bytesTotal > 0 ? [bytesDone, bytesTotal] : [modulesDone, modulesTotal];
  return total > 0 ? Math.min(1, Math.max(0, done / total)) : 0;
}

function facts(progress: ProgressEvent): string[] {
  const { bytesDone, bytesTotal, elapsedMs } = progress;
  const perSecond = speed(bytesDone, elapsedMs);
  const left = secondsLeft(bytesDone, bytesTotal, elapsedMs);
  return [
    text('progressOf', progress.modulesDone, progress.modulesTotal),
    text('progressBytes', formatBytes(bytesDone), formatBytes(bytesTotal)),
    ...(perSecond === null ? [] : [text('progressSpeed', formatBytes(perSecond))]),
    ...(left === null ? [] : [text('progressLeft', formatDuration(left))]),
  ];
}
