import type { HostToPanel, PanelPersisted, PanelToHost } from '../src/protocol/panel';
import { isRecord } from '../src/core/record';
import { parseBehaviorView, type BehaviorView as BehaviorViewState } from './behavior/model';
import { BehaviorView } from './behavior/view';
import { RepairView } from './repair/view';
import { element, show } from './dom';
import { PageModel, parseView, type ViewState } from './model/page';
import type { Init, PageOf, Shell } from './shell';
import { DistributionView } from './view/distribution';
import { effectView } from './view/effect';
import { headerView } from './view/header';
import { headlineView } from './view/headline';
import { HeatMapView } from './view/heatmap';
import { helpView } from './view/help';
import { loadCheckView } from './view/loadCheck';
import { emptyView, restrictedView, statusView } from './view/notices';
import { undoKey } from './view/keys';
import { ruleBarView } from './view/ruleBar';
import { TableView } from './view/table';
import type { Post, View } from './view/view';

/** What a reload of the window restores; only `adapter` is for the host. */
type Kept = PanelPersisted & { readonly view: ViewState; readonly behavior: BehaviorViewState };

/** The panel: one model, views on it, and at most one redraw a frame. */
export class Page implements PageOf<Exclude<HostToPanel, Init>> {
  readonly element: HTMLElement;
  readonly #model: PageModel;
  readonly #views: readonly View[];
  readonly #results: readonly HTMLElement[];
  readonly #selection: readonly HTMLElement[];
  readonly #table: TableView;
  readonly #keep: () => void;
  readonly #post: Post;
  readonly #onKey = (event: KeyboardEvent): void => this.#answerKey(event);
  #frame: number | undefined;
  /** A module to reveal once the table has it. */
  #toReveal: string | undefined;

  constructor(init: Extract<HostToPanel, Init>, shell: Shell<PanelToHost>) {
    const model = new PageModel(() => this.#schedule(), shell.post);
    // The host must know the selection before it acts on it.
    const post: Post = (message) => {
      model.flush();
      shell.post(message);
    };
    this.#model = model;
    this.#post = post;
    const { adapter } = init;
    this.#keep = () =>
      shell.keep({ adapter, view: model.view, behavior: model.behavior.view } satisfies Kept);
    this.#table = new TableView(model, post);
    // In the order of the page. To add a section, add an entry.
    const behavior = new BehaviorView(model.behavior, post);
    const behaviors = [behavior, new RepairView(post)];
    const help = helpView(model, post);
    const explain = (): void => {
      model.setView({ helpOpen: true });
      help.element.scrollIntoView({ block: 'nearest' });
    };
    const head = [
      headerView(init, post),
      headlineView(model, post, explain),
      restrictedView(post),
      ...behaviors,
      statusView(post),
      emptyView(post),
    ];
    const selection = [ruleBarView(model, post), effectView()];
    const charts = [
      new HeatMapView(model, (index) => this.#table.reveal(index)),
      new DistributionView(model),
    ];
    const foot = [loadCheckView(post), help];
    const chartRow = element('div', { class: 'charts' }, ...elementsOf(charts));
    this.#results = [chartRow, this.#table.element];
    this.#selection = elementsOf(selection);
    this.#views = [...head, ...selection, ...charts, this.#table, ...foot];
    const parts = [...elementsOf(head), ...this.#selection, ...this.#results, ...elementsOf(foot)];
    this.element = element('main', {}, ...parts);
    document.addEventListener('keydown', this.#onKey);
    const kept = shell.state();
    const own = isRecord(kept) && kept['adapter'] === adapter ? kept : {};
    model.setView(parseView(own['view']));
    model.behavior.setView(parseBehaviorView(own['behavior']));
  }

  receive(message: Exclude<HostToPanel, Init>): void {
    if (message.type === 'reveal') this.#toReveal = message.module;
    else this.#model.apply(message);
    this.#schedule();
  }

  dispose(): void {
    document.removeEventListener('keydown', this.#onKey);
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
  }

  /** Keys that mean the same everywhere in the page. */
  #answerKey(event: KeyboardEvent): void {
    const isFind = (event.ctrlKey || event.metaKey) && event.key === 'f';
    const type = undoKey(event);
    if (isFind && this.#model.table.names.length > 0) this.#table.focusFilter();
    else if (type !== undefined) this.#post({ type });
    else return;
    event.preventDefault();
  }

  #schedule(): void {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      this.#update();
    });
  }

  #update(): void {
    const model = this.#model;
    const dirty = model.takeDirty();
    const rows = model.table.names.length > 0;
    for (const part of this.#results) show(part, rows);
    for (const part of this.#selection) show(part, rows && model.document !== null);
    for (const view of this.#views) view.update(model, dirty);
    if (dirty.view || dirty.behavior) this.#keep();
    this.#reveal();
  }

  #reveal(): void {
    if (this.#toReveal === undefined) return;
    const index = this.#model.table.names.indexOf(this.#toReveal);
    if (index === -1) return;
    this.#toReveal = undefined;
    this.#model.choose(index, 'only');
    this.#table.reveal(index);
  }
}

const elementsOf = (views: readonly View[]): HTMLElement[] => views.map((view) => view.element);
