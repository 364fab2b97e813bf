import { visibleText } from '../../src/core/report/escape';
import { formatScore, scoreInfo } from '../../src/core/report/scores';
import { naturalOrder } from '../../src/core/selection/select';
import { element, setText } from '../dom';
import type { GridLayout } from '../model/grid';
import { commonPrefix } from '../model/rows';
import { colourScale, type ColourScale } from '../model/scale';
import { scoreText } from '../model/scoreText';
import { text, translated } from '../strings';
import { HeatGrid } from '../view/heatGrid';
import { mapLegend } from '../view/legend';
import type { ComparisonModel } from './model';

/** Room for a step in the head. */
const MAX_CELL = 60;

/** The mean of the shown measure in each layer at each step. */
export class StepMapView {
  readonly element: HTMLElement;
  readonly #model: ComparisonModel;
  readonly #grid: HeatGrid;
  readonly #legend = mapLegend([['unscored', 'legendNoScore']]);
  readonly #note = element('p', { class: 'note' });
  #laidOut: unknown = null;
  #scale: ColourScale | null = null;

  /** @param onOpen opens the adapter of a step */
  constructor(model: ComparisonModel, onOpen: (adapter: number) => void) {
    this.#model = model;
    this.#grid = new HeatGrid({
      label: text('stepMapLabel'),
      maxCell: MAX_CELL,
      cell: ([place = -1]) => ({ kind: this.#kind(place), label: this.#describe(place), chosen: false }),
      copied: ([place = -1]) => {
        const { adapter, layer } = this.#split(place);
        const head = model.content.adapters[adapter]?.head ?? '';
        const value = this.#valueOf(place);
        const shown = value === null ? text('mapNoValue') : formatScore(this.#score, value);
        return [layer, head].map((name) => visibleText(name)).join(' ') + `\t${shown}`;
      },
      onOpen: ([place = -1]) => {
        const { adapter } = this.#split(place);
        model.setCurrent(adapter);
        onOpen(adapter);
      },
    });
    this.element = element(
      'section',
      { class: 'map', 'aria-label': text('stepMapHeading') },
      element('h2', {}, text('stepMapHeading')),
      this.#legend.element,
      this.#grid.element,
      this.#grid.readout,
      this.#note,
    );
  }

  update(): void {
    const { run } = this.#model.content;
    const values = this.#means.filter((value) => value !== null);
    this.#scale = colourScale(values, naturalOrder(this.#score));
    this.#legend.update(this.#scale, {
      name: text('meanOf', translated(scoreInfo[this.#score].label)),
      format: (value) => scoreText(this.#score, value),
      strong: '',
    });
    if (this.#laidOut !== run) {
      this.#laidOut = run;
      this.#grid.setLayout(this.#layout());
    }
    setText(this.#note, translated(scoreInfo[this.#score].description));
    this.#grid.draw();
  }

  get #score() {
    return this.#model.measure?.score ?? 'reversal';
  }

  get #means(): readonly (number | null)[] {
    const { run } = this.#model.content;
    return run?.means.find(({ score }) => score === this.#score)?.values ?? [];
  }

  #valueOf(place: number): number | null {
    return this.#means[place] ?? null;
  }

  #split(place: number): { readonly adapter: number; readonly layer: string } {
    const layers = this.#model.content.run?.layers ?? [];
    const { length } = layers;
    return { adapter: Math.floor(place / length), layer: layers[place % length] ?? '' };
  }

  /** Layers down, steps across; a cell shows the mean at `adapter * layers + layer`. */
  #layout(): GridLayout | null {
    const { adapters, run } = this.#model.content;
    if (run === null || run.layers.length === 0) return null;
    const { layers } = run;
    const cells = new Map<number, readonly number[]>();
    for (let layer = 0; layer < layers.length; layer += 1) {
      for (let adapter = 0; adapter < adapters.length; adapter += 1)
        cells.set(layer * adapters.length + adapter, [adapter * layers.length + layer]);
    }
    const prefix = commonPrefix(layers);
    const rows = layers.map((name) => ({ name, short: name.slice(prefix.length) }));
    return { rows, columns: adapters.map(({ head }) => head), cells };
  }

  #kind(place: number): string {
    const value = this.#valueOf(place);
    return value === null || this.#scale === null ? 'unscored' : `step-${String(this.#scale.step(value))}`;
  }

  #describe(place: number): string {
    const { adapter, layer } = this.#split(place);
    const value = this.#valueOf(place);
    const shown = value === null ? text('mapNoValue') : scoreText(this.#score, value);
    return [
      visibleText(this.#model.content.adapters[adapter]?.label ?? ''),
      visibleText(layer),
      `${text('meanOf', translated(scoreInfo[this.#score].label))}: ${shown}`,
    ].join(' · ');
  }
}
