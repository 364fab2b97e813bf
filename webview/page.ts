import type { HostToPanel } from '../src/protocol/panel';
import { element, show } from './dom';
import { PageModel, type ViewState } from './model/page';
import { DistributionView } from './view/distribution';
import { EffectView } from './view/effect';
import { EmptyView } from './view/empty';
import { HeaderView } from './view/header';
import { HeatMapView } from './view/heatmap';
import { HelpView } from './view/help';
import { LoadCheckView } from './view/loadCheck';
import { RestrictedView } from './view/restricted';
import { RuleBarView } from './view/ruleBar';
import { StatusView } from './view/status';
import { TableView } from './view/table';
import type { Post, View } from './view/view';

export interface PageParts {
  readonly init: Extract<HostToPanel, { type: 'init' }>;
  readonly view: ViewState;
  readonly post: Post;
  /** Keeps sort, filter and so on over a reload. */
  readonly keep: (view: ViewState) => void;
}

/** The whole panel: one model, the views on it, and one redraw a frame. */
export class Page {
  readonly element: HTMLElement;
  readonly #model: PageModel;
  readonly #views: readonly View[];
  readonly #results: readonly HTMLElement[];
  readonly #selection: readonly HTMLElement[];
  readonly #table: TableView;
  readonly #keep: (view: ViewState) => void;
  #frame: number | undefined;
  /** A module to show as soon as there is a table that holds it. */
  #toReveal: string | undefined;

  constructor({ init, view, post: send, keep }: PageParts) {
    const model = new PageModel(() => this.#schedule(), send);
    // The host must know the selection before it acts on it.
    const post: Post = (message) => {
      model.flush();
      send(message);
    };
    this.#model = model;
    this.#keep = keep;
    model.adapter = init.adapter;
    model.title = init.title;
    model.path = init.path;
    this.#table = new TableView(model, post);
    // In the order of the page.
    const head = [new HeaderView(post), new RestrictedView(post), new StatusView(post), new EmptyView(post)];
    const selection = [new RuleBarView(model, post), new EffectView()];
    const charts = [
      new HeatMapView(model, (index) => this.#table.reveal(index)),
      new DistributionView(model),
    ];
    const foot = [new LoadCheckView(post), new HelpView(model)];
    const chartRow = element('div', { class: 'charts', children: elementsOf(charts) });
    this.#results = [chartRow, this.#table.element];
    this.#selection = elementsOf(selection);
    this.#views = [...head, ...selection, ...charts, this.#table, ...foot];
    this.element = element('main', {
      children: [...elementsOf(head), ...this.#selection, ...this.#results, ...elementsOf(foot)],
    });
    model.setView(view);
  }

  receive(message: Exclude<HostToPanel, { type: 'init' }>): void {
    if (message.type === 'reveal') this.#toReveal = message.module;
    else this.#model.apply(message);
    this.#schedule();
  }

  dispose(): void {
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
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
    if (dirty.view) this.#keep(model.view);
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
