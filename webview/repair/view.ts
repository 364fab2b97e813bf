import { visibleText } from '../../src/core/report/escape';
import { LOADER_NAMES } from '../../src/core/report/loaders';
import {
  REPAIR_FORMATS,
  type PanelRepair,
  type PanelRepairing,
  type PanelWritten,
  type RepairFormat,
} from '../../src/protocol/panelRepair';
import { NumbersView } from '../behavior/numbers';
import { postButton } from '../controls';
import { element, setText, show } from '../dom';
import type { Dirty, PageModel } from '../model/page';
import { MAX_MESSAGE, Notice } from '../notice';
import { text, type StringKey } from '../strings';
import { MenuButton } from '../view/menu';
import type { Post, View } from '../view/view';
import { RepairPlotView } from './plot';
import { PointsView } from './points';
import { repairProgress } from './progress';
import { RunStepsView } from './steps';

const FORMATS: Readonly<Record<RepairFormat, StringKey>> = {
  json: 'exportJson',
  markdown: 'exportMarkdown',
  junit: 'exportJunit',
};

/** The repair of the adapter by measurement: what was tried, what it does on prompts kept back, and what was written. */
export class RepairView implements View {
  readonly element: HTMLDetailsElement;
  readonly #progress;
  readonly #failed;
  readonly #canceled = new Notice('info', '', [], 'status');
  readonly #outdated = new Notice('warning', '', [], 'status');
  readonly #figures: HTMLElement;
  readonly #plot = new RepairPlotView();
  readonly #points = new PointsView();
  readonly #steps = new RunStepsView();
  readonly #result: HTMLElement;
  readonly #warnings = element('ul', { class: 'repair-warnings' });
  readonly #outcome = element('p', { class: 'repair-outcome' });
  readonly #recommendation = element('p', { class: 'repair-recommendation' });
  readonly #targets = element('ul', { class: 'note' });
  readonly #notes = element('ul', { class: 'note' });
  readonly #numbers = new NumbersView();
  readonly #written = element('p', { class: 'note' });
  readonly #actions: HTMLElement;
  /** Only where an adapter was written. */
  readonly #forWritten: readonly HTMLElement[];
  #wasRunning = false;
  /** Start and end of a run, for screen readers. */
  readonly #spoken = element('div', { class: 'visually-hidden', role: 'status' });

  constructor(post: Post) {
    this.#progress = repairProgress(post);
    this.#forWritten = [
      postButton(post, 'measureRepaired', 'measureRepaired', true),
      postButton(post, 'revealRepaired', 'revealRepaired'),
    ];
    this.#failed = new Notice('error', text('repairFailed'), [postButton(post, 'showLog', 'showLog')]);
    const formats = REPAIR_FORMATS.map((format) => ({
      label: text(FORMATS[format]),
      onChoose: () => post({ type: 'exportRepair', format }),
    }));
    this.#actions = element(
      'div',
      { class: 'actions' },
      ...this.#forWritten,
      new MenuButton(text('exportBehavior'), formats).element,
    );
    // What limits the result comes before it.
    this.#result = element(
      'div',
      { class: 'repair-result' },
      this.#warnings,
      this.#outcome,
      this.#targets,
      this.#recommendation,
      this.#written,
      this.#actions,
      this.#numbers.element,
      this.#notes,
    );
    this.#figures = element('div', { class: 'plot-row' }, this.#plot.element, this.#result);
    this.element = element(
      'details',
      { class: 'repair', open: true, hidden: true },
      element('summary', {}, element('h2', {}, text('repairHeading'))),
      element(
        'div',
        { class: 'section-body' },
        this.#progress.element,
        this.#failed.element,
        this.#canceled.element,
        this.#outdated.element,
        this.#spoken,
        this.#figures,
        this.#points.element,
        this.#steps.element,
      ),
    );
  }

  update({ repair: model, known }: PageModel, dirty: Dirty): void {
    const { repair, run, stale, steps } = model;
    show(this.element, known && (repair !== null || run.kind !== 'idle'));
    if (!dirty.repair) return;
    this.#showRun(run);
    this.#steps.update(steps);
    this.#outdated.show(stale !== null && run.kind !== 'running' ? [text('repairStale', stale)] : null);
    show(this.#figures, repair !== null);
    show(this.#points.element, repair !== null);
    if (repair === null) return;
    this.#plot.update(repair);
    this.#points.update(repair);
    this.#showResult(repair);
  }

  #showRun(run: PanelRepairing): void {
    const isRunning = run.kind === 'running';
    // Below the prompts of a measurement, nobody would see that it began.
    if (isRunning && !this.#wasRunning) this.element.scrollIntoView({ block: 'start' });
    this.#wasRunning = isRunning;
    if (isRunning === this.#progress.element.hidden)
      setText(this.#spoken, text(isRunning ? 'repairStarted' : 'repairEnded'));
    show(this.#progress.element, isRunning);
    if (isRunning) this.#progress.show(run);
    this.#failed.showError(run.kind === 'failed' ? run.error : null);
    this.#canceled.show(run.kind === 'canceled' ? [text('repairCanceled')] : null);
  }

  #showResult({ result }: PanelRepair): void {
    show(this.#result, result !== null);
    if (result === null) return;
    const { text: outcome, targets, recommendation, warnings, notes, written, variants } = result;
    list(this.#warnings, warnings);
    setText(this.#outcome, visibleText(outcome, MAX_MESSAGE));
    list(this.#targets, targets);
    show(this.#recommendation, recommendation !== null);
    setText(this.#recommendation, visibleText(recommendation ?? '', MAX_MESSAGE));
    list(this.#notes, notes);
    show(this.#written, written !== null);
    setText(this.#written, written === null ? '' : writtenText(written));
    for (const each of this.#forWritten) show(each, written !== null);
    this.#numbers.update({ variants });
  }
}

function list(place: HTMLElement, lines: readonly string[]): void {
  place.replaceChildren(...lines.map((line) => element('li', {}, visibleText(line, MAX_MESSAGE))));
  show(place, lines.length > 0);
}

const VERDICTS: Readonly<Record<PanelWritten['loaders'][number]['verdict'], StringKey>> = {
  same: 'loaderSame',
  other: 'loaderOther',
  nothing: 'loaderNothing',
  refused: 'loaderRefused',
  unknown: 'loaderUnknown',
};

function writtenText({ name, effect, loaders }: PanelWritten): string {
  const checked = loaders.map(({ loader, verdict }) => text(VERDICTS[verdict], LOADER_NAMES[loader]));
  return [text('repairWritten', visibleText(name), visibleText(effect)), ...checked].join(' ');
}
