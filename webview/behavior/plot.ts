import { visibleText } from '../../src/core/report/escape';
import type { PanelBehavior } from '../../src/protocol/behavior';
import { element, setAttribute, show, svg } from '../dom';
import { text } from '../strings';
import { axisMarks, BOTTOM, HEIGHT, LEFT, RIGHT, TOP, xOf, yOf } from './axes';
import { LabelPen, SHAPES } from './marks';
import { rateText } from './numbers';
import { placeLabels, plotData, type PlotData, type PlotPoint } from './plotLayout';
import { variantName } from './prompts';

/** Half the length of the line that ends an interval. */
const CAP = 3;
const LABEL_HEIGHT = 16;
const MAX_LABEL = 24;

/** Refused harmful prompts over solved tasks: a point for each variant, with 95 % intervals. */
export class PlotView {
  readonly element: HTMLElement;
  readonly #box: HTMLElement;
  readonly #chart = svg('svg', { class: 'chart', role: 'img' });
  readonly #axis = svg('g', { class: 'axis' });
  readonly #points = svg('g');
  readonly #pen: LabelPen;
  #data: PlotData | null = null;

  constructor() {
    this.#chart.append(this.#axis, this.#points);
    this.#box = element('div', { class: 'behavior-chart' }, this.#chart);
    this.#pen = new LabelPen(this.#box);
    this.element = element(
      'div',
      { class: 'behavior-plot' },
      this.#box,
      element('p', { class: 'note' }, text('plotHint')),
    );
    new ResizeObserver(() => this.#draw()).observe(this.#box);
  }

  update(behavior: PanelBehavior): void {
    this.#data = plotData(behavior);
    show(this.element, this.#data !== null);
    this.#draw();
  }

  #draw(): void {
    const data = this.#data;
    const width = this.#box.clientWidth;
    if (data === null || width === 0) return;
    setAttribute(this.#chart, 'viewBox', `0 0 ${String(width)} ${String(HEIGHT)}`);
    setAttribute(this.#chart, 'aria-label', plotLabel(data));
    const across = text(data.horizontal === 'task' ? 'axisTask' : 'axisBenign');
    this.#axis.replaceChildren(...axisMarks(width, across));
    this.#drawPoints(data, width);
  }

  #drawPoints({ horizontal, points }: PlotData, width: number): void {
    const centers = points.map(({ x, y }) => ({ x: xOf(x.value, width), y: yOf(y.value) }));
    const names = points.map(({ variant }) => visibleText(variantName(variant), MAX_LABEL));
    const sizes = names.map((name) => ({ width: this.#pen.measure(name) + 4, height: LABEL_HEIGHT }));
    const room = { x: LEFT, y: TOP, width: width - LEFT - RIGHT, height: HEIGHT - TOP - BOTTOM };
    const labels = placeLabels(centers, sizes, room);
    const drawn = points.flatMap((point) => intervals(point, width));
    points.forEach((point, index) => {
      const { x = 0, y = 0 } = centers[index] ?? {};
      const { role } = point.variant;
      const label = labels[index] ?? { x, y };
      const at = `translate(${x.toFixed(1)} ${y.toFixed(1)})`;
      const title = svg('title', {}, pointLabel(point, horizontal));
      drawn.push(
        svg('path', { class: `point point-${role}`, d: SHAPES[role], transform: at }, title),
        svg('text', { class: 'point-name', x: label.x + 2, y: label.y + 12 }, names[index] ?? ''),
      );
    });
    this.#points.replaceChildren(...drawn);
  }
}

function intervals({ variant, x, y }: PlotPoint, width: number): SVGElement[] {
  const [cx, cy] = [xOf(x.value, width), yOf(y.value)];
  const [left, right] = [xOf(x.low, width), xOf(x.high, width)];
  const [bottom, top] = [yOf(y.low), yOf(y.high)];
  const cap = String(CAP);
  const lines = [
    `M${left.toFixed(1)},${cy.toFixed(1)}H${right.toFixed(1)}`,
    `M${cx.toFixed(1)},${bottom.toFixed(1)}V${top.toFixed(1)}`,
    ...[left, right].map((at) => `M${at.toFixed(1)},${(cy - CAP).toFixed(1)}v${String(2 * CAP)}`),
    ...[bottom, top].map((at) => `M${cx.toFixed(1)},${at.toFixed(1)}m-${cap},0h${String(2 * CAP)}`),
  ];
  return [svg('path', { class: `interval point-${variant.role}`, d: lines.join('') })];
}

function plotLabel({ horizontal, points }: PlotData): string {
  const head = text(horizontal === 'task' ? 'plotLabel' : 'plotLabelBenign');
  return [head, ...points.map((point) => pointLabel(point, horizontal))].join(' ');
}

function pointLabel({ variant, x, y }: PlotPoint, horizontal: PlotData['horizontal']): string {
  const key = horizontal === 'task' ? 'pointLabel' : 'pointLabelBenign';
  return text(key, visibleText(variantName(variant)), rateText(y), rateText(x));
}
