import { element, setAttribute, show, svg } from '../dom';
import { text, type StringKey } from '../strings';
import { BOTTOM, HEIGHT, LEFT, RIGHT, TOP } from './axes';
import { LabelPen } from './marks';
import { placeLabels } from './plotLayout';

const LABEL_HEIGHT = 16;

/** A picture of the data for a width in px, and what it says for screen readers. */
export interface Drawing {
  readonly label: string;
  readonly marks: readonly SVGElement[];
}

/** A place in px, and its name in the picture. */
export interface NamedPlace {
  readonly x: number;
  readonly y: number;
  readonly name: string;
}

/** A plot with a hint below, drawn again when its width changes, and hidden without data. */
export abstract class PlotBase<Data extends object> {
  readonly element: HTMLElement;
  readonly #box: HTMLElement;
  readonly #chart = svg('svg', { class: 'chart', role: 'img' });
  readonly #pen: LabelPen;
  #data: Data | null = null;

  protected constructor(className: string, hint: StringKey) {
    this.#box = element('div', { class: 'plot-box' }, this.#chart);
    this.#pen = new LabelPen(this.#box);
    this.element = element(
      'div',
      { class: className },
      this.#box,
      element('p', { class: 'note' }, text(hint)),
    );
    new ResizeObserver(() => this.#draw()).observe(this.#box);
  }

  protected show(data: Data | null): void {
    this.#data = data;
    show(this.element, data !== null);
    this.#draw();
  }

  protected abstract drawing(data: Data, width: number): Drawing;

  /** Names beside their places, where there is room. */
  protected names(places: readonly NamedPlace[], width: number): SVGElement[] {
    const sizes = places.map(({ name }) => ({ width: this.#pen.measure(name) + 4, height: LABEL_HEIGHT }));
    const room = { x: LEFT, y: TOP, width: width - LEFT - RIGHT, height: HEIGHT - TOP - BOTTOM };
    return placeLabels(places, sizes, room).map(({ x, y }, index) =>
      svg('text', { class: 'point-name', x: x + 2, y: y + 12 }, places[index]?.name ?? ''),
    );
  }

  #draw(): void {
    const width = this.#box.clientWidth;
    if (this.#data === null || width === 0) return;
    const { label, marks } = this.drawing(this.#data, width);
    setAttribute(this.#chart, 'viewBox', `0 0 ${String(width)} ${String(HEIGHT)}`);
    setAttribute(this.#chart, 'aria-label', label);
    this.#chart.replaceChildren(...marks);
  }
}
