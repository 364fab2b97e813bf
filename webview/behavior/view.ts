import { BEHAVIOR_FORMATS, type BehaviorFormat, type PanelMeasuring } from '../../src/protocol/behavior';
import { disable, postButton } from '../controls';
import { element, setText, show } from '../dom';
import type { Dirty, PageModel } from '../model/page';
import { Notice } from '../notice';
import { text, type StringKey } from '../strings';
import type { Explain } from '../table/headTip';
import { MenuButton } from '../view/menu';
import type { Post, View } from '../view/view';
import { aboutText } from './about';
import { AnswersView } from './answers';
import type { BehaviorModel } from './model';
import { NumbersView } from './numbers';
import { PlotView } from './plot';
import { measureProgress } from './progress';
import { PromptTable } from './promptTable';

const FORMATS: Readonly<Record<BehaviorFormat, StringKey>> = {
  json: 'exportJson',
  csv: 'exportCsv',
  markdown: 'exportMarkdown',
  junit: 'exportJunit',
  sarif: 'exportSarif',
};

/** How the adapter behaves beside its aligned model: plot, numbers, prompts and answers. */
export class BehaviorView implements View {
  readonly element: HTMLDetailsElement;
  readonly #progress;
  readonly #head;
  readonly #failed;
  readonly #outdated = new Notice('warning', '', [], 'status');
  readonly #canceled = new Notice('info', '', [], 'status');
  readonly #empty = element('p', { class: 'note' });
  readonly #about = element('p', { class: 'note behavior-about' });
  readonly #results: HTMLElement;
  readonly #plot = new PlotView();
  readonly #numbers: NumbersView;
  readonly #prompts: PromptTable;
  readonly #answers: AnswersView;
  /** Start and end of a run, for screen readers: announcing the bar would be too much. */
  readonly #spoken = element('div', { class: 'visually-hidden', role: 'status' });

  constructor(model: BehaviorModel, post: Post) {
    this.#progress = measureProgress(post);
    this.#head = actions(post);
    this.#failed = new Notice('error', text('measureFailed'), [postButton(post, 'showLog', 'showLog')]);
    this.#answers = new AnswersView(model);
    const explain: Explain = (term) => post({ type: 'explain', term });
    this.#numbers = new NumbersView(explain);
    this.#prompts = new PromptTable(model, () => this.#answers.focus(), explain);
    const figures = element('div', { class: 'plot-row' }, this.#plot.element, this.#numbers.element);
    const parts = [figures, this.#about, this.#prompts.element, this.#answers.element];
    this.#results = element('div', { class: 'behavior-results' }, ...parts);
    const state = [this.#progress.element, this.#failed.element, this.#canceled.element];
    this.element = element(
      'details',
      // Opened by `update`: the event of an element that is made open would undo what was kept.
      { class: 'behavior' },
      element('summary', {}, element('h2', {}, text('behaviorHeading'))),
      element(
        'div',
        { class: 'section-body' },
        element('div', { class: 'behavior-head' }, this.#empty, this.#head.element),
        ...state,
        this.#outdated.element,
        this.#spoken,
        this.#results,
      ),
    );
    this.element.addEventListener('toggle', () => {
      const isOpen = this.element.open;
      if (isOpen !== model.view.isOpen) model.setView({ isOpen });
    });
  }

  update({ behavior: model, repair: { repair }, known, trusted, headline }: PageModel, dirty: Dirty): void {
    show(this.element, known);
    if (!dirty.behavior && !dirty.run && !dirty.headline && !dirty.repair) return;
    const { behavior, run, stale } = model;
    const isRunning = run.kind === 'running';
    // A measurement that has just begun, or failed before the first answer, has nothing to show.
    const hasResult = behavior !== null && model.prompts.length > 0;
    if (this.element.open !== model.view.isOpen) this.element.open = model.view.isOpen;
    const isOffered = headline.next.includes('measure');
    this.#head.update({ hasResult, isOffered, isDone: behavior?.complete === true, run, trusted });
    this.#showRun(run);
    this.#outdated.show(stale !== null && !isRunning ? [text('behaviorStale', stale)] : null);
    show(this.#empty, !hasResult && !isRunning);
    setText(this.#empty, text(repair === null ? 'behaviorEmpty' : 'behaviorOfRepair'));
    show(this.#results, hasResult);
    if (!hasResult) return;
    setText(this.#about, aboutText(behavior));
    this.#plot.update(behavior);
    this.#numbers.update(behavior);
    this.#prompts.update();
    this.#answers.update();
  }

  #showRun(run: PanelMeasuring): void {
    const isRunning = run.kind === 'running';
    if (isRunning === this.#progress.element.hidden)
      setText(this.#spoken, text(isRunning ? 'measureStarted' : 'measureEnded'));
    show(this.#progress.element, isRunning);
    if (isRunning) this.#progress.show(run.progress);
    this.#failed.showError(run.kind === 'failed' ? run.error : null);
    const canceled = run.kind === 'canceled' ? [text('measureCanceled', run.done, run.total)] : null;
    this.#canceled.show(canceled);
  }
}

interface Situation {
  readonly hasResult: boolean;
  /** The head of the page has the button. */
  readonly isOffered: boolean;
  readonly isDone: boolean;
  readonly run: PanelMeasuring;
  readonly trusted: boolean;
}

function actions(post: Post) {
  const measure = postButton(post, 'measure', 'measure', true);
  const again = postButton(post, 'measureAgain', 'measure');
  const formats = BEHAVIOR_FORMATS.map((format) => ({
    label: text(FORMATS[format]),
    onChoose: () => post({ type: 'exportBehavior', format }),
  }));
  const exporting = new MenuButton(text('exportBehavior'), formats);
  return {
    element: element('div', { class: 'actions' }, measure, again, exporting.element),
    update: ({ hasResult, isOffered, isDone, run, trusted }: Situation): void => {
      const why = trusted ? (run.kind === 'running' ? text('whyRunning') : null) : text('whyRestricted');
      show(measure, !hasResult && !isOffered);
      show(again, hasResult);
      show(exporting.element, isDone);
      for (const one of [measure, again]) disable(one, why);
      exporting.disable(why);
    },
  };
}
