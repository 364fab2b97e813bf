import { isRecord } from '../../src/core/record';
import { visibleText } from '../../src/core/report/escape';
import type { ComparisonContent, ComparisonToHost, HostToComparison } from '../../src/protocol/comparison';
import { postButton } from '../controls';
import { element, show } from '../dom';
import { MAX_MESSAGE, Notice } from '../notice';
import type { Init, PageOf, Shell } from '../shell';
import { text } from '../strings';
import { DifferenceMapView } from './differenceMap';
import { LinesView } from './lines';
import { ComparisonModel, parseComparisonView } from './model';
import { StepMapView } from './stepMap';
import { StepTable } from './stepTable';
import { ComparisonTable } from './table';

/** A section of the page. It draws the model, and changes it or asks the host; sections do not know each other. */
interface Section {
  readonly element: HTMLElement;
  update(): void;
}

/** Several adapters side by side: what a page says, charts, and a table of all modules. */
export class ComparisonPage implements PageOf<Exclude<HostToComparison, Init>> {
  readonly element: HTMLElement;
  readonly #shell: Shell<ComparisonToHost>;
  readonly #model: ComparisonModel;
  readonly #progress = element('div', {
    class: 'loading',
    role: 'progressbar',
    'aria-label': text('comparing'),
  });
  readonly #actions = element('div', { class: 'actions' });
  readonly #titles: HTMLElement;
  readonly #failure: Notice;
  readonly #summary = element('section', {
    class: 'headline',
    'aria-label': text('headlineLabel'),
    hidden: true,
  });
  readonly #results = element('div', { class: 'results' });
  readonly #keep: () => void;
  readonly #onKey = (event: KeyboardEvent): void => this.#answerKey(event);
  #sections: readonly Section[] = [];
  #table: ComparisonTable | undefined;
  /** What the sections were made for. */
  #shape = '';
  #frame: number | undefined;

  constructor({ request, title }: Extract<HostToComparison, Init>, shell: Shell<ComparisonToHost>) {
    this.#shell = shell;
    this.#model = new ComparisonModel(() => this.#schedule());
    this.#keep = () => shell.keep({ request, view: this.#model.view });
    this.#titles = element('div', { class: 'titles' }, element('h1', {}, visibleText(title)));
    this.#failure = new Notice('error', text('compareFailed'), [
      postButton(shell.post, 'tryAgain', 'again', true),
      postButton(shell.post, 'showLog', 'showLog'),
    ]);
    this.element = element(
      'main',
      { class: 'comparison' },
      this.#progress,
      element('header', {}, this.#titles, this.#actions),
      this.#failure.element,
      this.#summary,
      this.#results,
    );
    document.addEventListener('keydown', this.#onKey);
    const kept = shell.state();
    if (isRecord(kept)) this.#model.setView(parseComparisonView(kept['view']));
  }

  receive(message: Exclude<HostToComparison, Init>): void {
    show(this.#progress, message.type === 'loading');
    switch (message.type) {
      case 'loading':
        return;
      case 'failed':
        return this.#failure.showError(message.error);
      case 'content':
        this.#failure.showError(null);
        this.#model.setContent(message.content);
        this.#build(message.content);
        this.#keep();
    }
  }

  dispose(): void {
    document.removeEventListener('keydown', this.#onKey);
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
  }

  /** Sections are made again for other adapters or measures. */
  #build(content: ComparisonContent): void {
    this.#drawHead(content);
    const { adapters, measures, modules } = content;
    const scores = measures.map(({ score }) => score);
    const shape = JSON.stringify([adapters, scores, modules.length > 0, content.run?.lines.length]);
    if (shape === this.#shape) return;
    this.#shape = shape;
    const table = new ComparisonTable(this.#model, this.#shell.post);
    this.#table = table;
    const open = (adapter: number): void => this.#shell.post({ type: 'open', adapter, module: null });
    // In the order of the page. To add a section, add an entry.
    const charts: readonly Section[] =
      content.run === null
        ? [new DifferenceMapView(this.#model, (index) => table.reveal(index))]
        : [new LinesView(this.#model, open), new StepMapView(this.#model, open)];
    const tables = [...(content.run === null ? [] : [new StepTable(this.#model, open)]), table];
    this.#sections = [...charts, ...tables];
    const chartRow = element(
      'div',
      { class: charts.length > 1 ? 'charts' : 'chart-alone' },
      ...charts.map((section) => section.element),
    );
    this.#results.replaceChildren(chartRow, ...tables.map((section) => section.element));
    show(this.#results, modules.length > 0 || (content.run?.lines.length ?? 0) > 0);
  }

  #drawHead({ adapters, summary, notes, modules, pair }: ComparisonContent): void {
    const { post } = this.#shell;
    const [title] = this.#titles.children;
    const sides = pair === null ? [] : [text('sideLeft'), text('sideRight')];
    const links = sides.flatMap((side, adapter) => {
      const label = visibleText(adapters[adapter]?.label ?? '');
      const link = element('button', { class: 'link', type: 'button', title: label }, label);
      link.addEventListener('click', () => post({ type: 'open', adapter, module: null }));
      return [element('dt', {}, side), element('dd', {}, link)];
    });
    const list = links.length === 0 ? [] : [element('dl', { class: 'models' }, ...links)];
    this.#titles.replaceChildren(...(title === undefined ? [] : [title]), ...list);
    const again = pair === null ? [] : [postButton(post, 'compareAgain', 'again')];
    this.#actions.replaceChildren(postButton(post, 'openReport', 'report'), ...again);
    const [lead, ...more] = modules.length === 0 && pair !== null ? [text('compareEmpty')] : summary;
    const paragraphs = [...more, ...notes].map((each) => element('p', {}, visibleText(each, MAX_MESSAGE)));
    const first = element('p', { class: 'lead' }, visibleText(lead ?? '', MAX_MESSAGE));
    this.#summary.replaceChildren(element('div', { class: 'headline-text' }, first, ...paragraphs));
    show(this.#summary, true);
  }

  #answerKey(event: KeyboardEvent): void {
    if (!(event.ctrlKey || event.metaKey) || event.key !== 'f' || this.#table === undefined) return;
    this.#table.focusFilter();
    event.preventDefault();
  }

  #schedule(): void {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      for (const section of this.#sections) section.update();
      if (this.#sections.length > 0) this.#keep();
    });
  }
}
