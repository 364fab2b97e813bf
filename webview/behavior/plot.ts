import { visibleText } from '../../src/core/report/escape';
import type { PanelBehavior, VariantRole } from '../../src/protocol/behavior';
import { element, setAttribute, show, svg } from '../dom';
import { text } from '../strings';
import { rateText } from './numbers';
import { placeLabels, plotData, type PlotData, type PlotPoint } from './plotLayout';
import { variantName } from './prompts';

const HEIGHT = 270;
const LEFT = 58;
const RIGHT = 2;
const TOP = 2;
const BOTTOM = 38;
/** Between the frame and 0 or 100 %, so that marks there are whole. */
const INSET = 14;
const TICKS = [0, 0.25, 0.5, 0.75, 1];
/** Half the length of the line that ends an interval. */
const CAP = 3;
const LABEL_HEIGHT = 16;
const MAX_LABEL = 24;

/** Marks differ in shape, not in color alone. Around the origin. */
const SHAPES: Readonly<Record<VariantRole, string>> = {
  aligned: 'M0,-7 7,0 0,7 -7,0z',
  adapter: 'M-5.5,-5.5H5.5V5.5H-5.5z',
  other: 'M-5.5,0a5.5,5.5 0 1 0 11,0a5.5,5.5 0 1 0 -11,0z',
};

/** Refused harmful prompts over solved tasks: a point for each variant, with 95 % intervals. */
export class PlotView {
  readonly element: HTMLElement;
  readonly #box: HTMLElement;
  readonly #chart = svg('svg', { class: 'chart', role: 'img' });
  readonly #axis = svg('g', { class: 'axis' });
  readonly #points = svg('g');
  readonly #pen = document.createElement('canvas').getContext('2d');
  #data: PlotData | null = null;

  constructor() {
    this.#chart.append(this.#axis, this.#points);
    this.#box = element('div', { class: 'behavior-chart' }, this.#chart);
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
    this.#drawAxes(data, width);
    this.#drawPoints(data, width);
  }

  #drawAxes({ horizontal }: PlotData, width: number): void {
    const marks: SVGElement[] = [];
    for (const tick of TICKS) {
      const [x, y] = [xOf(tick, width), yOf(tick)];
      const shown = `${String(tick * 100)} %`;
      marks.push(
        svg('line', { class: 'grid', x1: LEFT, x2: width - RIGHT, y1: y, y2: y }),
        svg('line', { class: 'grid', x1: x, x2: x, y1: TOP, y2: HEIGHT - BOTTOM }),
        svg('text', { x: LEFT - 6, y: y + 4, 'text-anchor': 'end' }, shown),
        svg('text', { x, y: HEIGHT - BOTTOM + 15, 'text-anchor': 'middle' }, shown),
      );
    }
    marks.push(
      svg('rect', {
        class: 'frame',
        x: LEFT,
        y: TOP,
        width: width - LEFT - RIGHT,
        height: HEIGHT - TOP - BOTTOM,
      }),
    );
    const middle = (xOf(0, width) + xOf(1, width)) / 2;
    const across = text(horizontal === 'task' ? 'axisTask' : 'axisBenign');
    const center = (yOf(0) + yOf(1)) / 2;
    marks.push(
      svg('text', { class: 'axis-name', x: middle, y: HEIGHT - 4, 'text-anchor': 'middle' }, across),
      svg(
        'text',
        {
          class: 'axis-name',
          transform: `translate(11 ${String(center)}) rotate(-90)`,
          'text-anchor': 'middle',
        },
        text('axisRefused'),
      ),
    );
    this.#axis.replaceChildren(...marks);
  }

  #drawPoints({ horizontal, points }: PlotData, width: number): void {
    const centers = points.map(({ x, y }) => ({ x: xOf(x.value, width), y: yOf(y.value) }));
    const names = points.map(({ variant }) => visibleText(variantName(variant), MAX_LABEL));
    const sizes = names.map((name) => ({ width: this.#measure(name) + 4, height: LABEL_HEIGHT }));
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

  #measure(name: string): number {
    if (this.#pen === null) return 0;
    const { fontSize, fontFamily } = getComputedStyle(this.#box);
    this.#pen.font = `600 ${fontSize} ${fontFamily}`;
    return this.#pen.measureText(name).width;
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

const xOf = (share: number, width: number): number =>
  LEFT + INSET + share * (width - LEFT - RIGHT - 2 * INSET);
const yOf = (share: number): number => TOP + INSET + (1 - share) * (HEIGHT - TOP - BOTTOM - 2 * INSET);

function plotLabel({ horizontal, points }: PlotData): string {
  const head = text(horizontal === 'task' ? 'plotLabel' : 'plotLabelBenign');
  return [head, ...points.map((point) => pointLabel(point, horizontal))].join(' ');
}

function pointLabel({ variant, x, y }: PlotPoint, horizontal: PlotData['horizontal']): string {
  const key = horizontal === 'task' ? 'pointLabel' : 'pointLabelBenign';
  return text(key, visibleText(variantName(variant)), rateText(y), rateText(x));
}
