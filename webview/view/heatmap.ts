import { layOut } from '../../src/core/report/heatLayout';
import { element } from '../dom';
import { gridOf } from '../model/grid';
import { cellState, copiedCell, describeCell, type CellState } from '../model/heatmap';
import type { Dirty, PageModel } from '../model/page';
import { colourScale, type ColourScale } from '../model/scale';
import { text } from '../strings';
import { HeatGrid } from './heatGrid';
import { pinKey } from './keys';
import { legend } from './legend';
import type { View } from './view';

const MAX_CELL = 34;

/** Scores as a grid of module types x blocks. */
export class HeatMapView implements View {
  readonly element: HTMLElement;
  readonly #model: PageModel;
  readonly #grid: HeatGrid;
  readonly #legend = legend();
  #laidOut: readonly string[] | null = null;
  #laidOutLength = -1;
  #scale: ColourScale | null = null;

  /** @param onShow brings a module into view in the table */
  constructor(model: PageModel, onShow: (module: number) => void) {
    this.#model = model;
    this.#grid = new HeatGrid({
      label: text('mapLabel'),
      maxCell: MAX_CELL,
      cell: (modules) => {
        const state = cellState(model, modules);
        const label = describeCell(model, state, modules.length);
        return { kind: cellKind(state, this.#scale), label, chosen: state.chosen };
      },
      copied: (modules) => copiedCell(model, modules),
      onOpen: (modules) => {
        const { index } = cellState(model, modules);
        model.chooseAll([index, ...modules.filter((other) => other !== index)]);
        onShow(index);
      },
      onKey: (event, modules) => this.#pin(event, modules),
    });
    this.element = element(
      'section',
      { class: 'map', 'aria-label': text('mapHeading') },
      element('h2', {}, text('mapHeading')),
      this.#legend.element,
      this.#grid.element,
      this.#grid.readout,
    );
  }

  update(model: PageModel, dirty: Dirty): void {
    if (!dirty.data && !dirty.selection && !dirty.view) return;
    const { names, replaced } = model.table;
    if (dirty.data || dirty.selection) {
      const values = model.ranked(model.shownScore).filter((value) => value !== null);
      this.#scale = colourScale(values, model.shownOrder);
      this.#legend.update(this.#scale, model.shownScore);
    }
    if (this.#laidOut !== names || this.#laidOutLength !== names.length) {
      this.#laidOut = names;
      this.#laidOutLength = names.length;
      const layout = layOut(names, replaced);
      this.#grid.setLayout(layout === null ? null : gridOf(layout));
    }
    this.#grid.draw();
  }

  #pin(event: KeyboardEvent, modules: readonly number[]): boolean {
    const pin = pinKey(event);
    if (pin === undefined) return false;
    const names = modules.flatMap((index) => this.#model.table.names[index] ?? []);
    this.#model.pin(names, pin);
    return true;
  }
}

function cellKind(state: CellState, scale: ColourScale | null): string {
  const { value } = state;
  const step = value === null || scale === null ? 'unscored' : `step-${String(scale.step(value))}`;
  return [step, state.standsOut && 'stands-out', state.pruned && 'pruned', state.pinned && 'pinned']
    .filter(Boolean)
    .join(' ');
}
