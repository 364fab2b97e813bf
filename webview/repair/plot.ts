import type { PanelRepair } from '../../src/protocol/panelRepair';
import { axisMarks, BOTTOM, HEIGHT, LEFT, RIGHT, TOP, xOf, yOf } from '../behavior/axes';
import { LabelPen, SHAPES } from '../behavior/marks';
import { placeLabels } from '../behavior/plotLayout';
import { element, setAttribute, show, svg } from '../dom';
import { text } from '../strings';
import { repairPlotData, type RepairMark, type RepairPlotData } from './plotData';

const LABEL_HEIGHT = 16;
/** Radius of a point of a curve, and of the ring around the one that was chosen. */
const POINT = 4;
const RING = 10;

/** Refused harmful prompts over solved tasks: every strength that was measured, the path of the fit, and the target. */
export class RepairPlotView {
  readonly element: HTMLElement;
  readonly #box: HTMLElement;
  readonly #chart = svg('svg', { class: 'chart', role: 'img' });
  readonly #pen: LabelPen;
  #data: RepairPlotData | null = null;

  constructor() {
    this.#box = element('div', { class: 'behavior-chart' }, this.#chart);
    this.#pen = new LabelPen(this.#box);
    this.element = element(
      'div',
      { class: 'repair-plot' },
      this.#box,
      element('p', { class: 'note' }, text('repairPlotHint')),
    );
    new ResizeObserver(() => this.#draw()).observe(this.#box);
  }

  update(repair: PanelRepair): void {
    this.#data = repairPlotData(repair);
    show(this.element, this.#data !== null);
    this.#draw();
  }

  #draw(): void {
    const data = this.#data;
    const width = this.#box.clientWidth;
    if (data === null || width === 0) return;
    setAttribute(this.#chart, 'viewBox', `0 0 ${String(width)} ${String(HEIGHT)}`);
    setAttribute(this.#chart, 'aria-label', plotLabel(data));
    const across = text(data.axis === 'solved' ? 'axisTask' : 'axisTokens');
    this.#chart.replaceChildren(
      svg('g', { class: 'axis' }, ...axisMarks(width, across)),
      svg('g', {}, ...targetLine(data, width), ...pathOf(data, width), ...this.#marks(data, width)),
    );
  }

  #marks({ marks }: RepairPlotData, width: number): SVGElement[] {
    const named = marks.filter(({ name }) => name !== '');
    const centers = named.map(({ x, y }) => ({ x: xOf(x, width), y: yOf(y) }));
    const sizes = named.map(({ name }) => ({ width: this.#pen.measure(name) + 4, height: LABEL_HEIGHT }));
    const room = { x: LEFT, y: TOP, width: width - LEFT - RIGHT, height: HEIGHT - TOP - BOTTOM };
    const labels = placeLabels(centers, sizes, room).map(({ x, y }, index) =>
      svg('text', { class: 'point-name', x: x + 2, y: y + 12 }, named[index]?.name ?? ''),
    );
    return [...marks.map((mark) => markOf(mark, width)), ...labels];
  }
}

function markOf({ role, x, y, meets, spoken }: RepairMark, width: number): SVGElement {
  const at = `translate(${xOf(x, width).toFixed(1)} ${yOf(y).toFixed(1)})`;
  const title = svg('title', {}, spoken);
  if (role === 'aligned' || role === 'adapter')
    return svg('path', { class: `point point-${role}`, d: SHAPES[role], transform: at }, title);
  const dot = svg('circle', { class: `curve-point${meets ? ' meets' : ''}`, r: POINT });
  const ring = role === 'chosen' ? [svg('circle', { class: 'chosen-ring', r: RING })] : [];
  return svg('g', { transform: at }, title, dot, ...ring);
}

function targetLine({ least }: RepairPlotData, width: number): SVGElement[] {
  if (least === null) return [];
  const y = yOf(least);
  return [
    svg('line', { class: 'target-line', x1: LEFT, x2: width - RIGHT, y1: y, y2: y }),
    svg(
      'text',
      { class: 'target-name', x: width - RIGHT - 6, y: y + 14, 'text-anchor': 'end' },
      text('repairTarget'),
    ),
  ];
}

function pathOf({ path }: RepairPlotData, width: number): SVGElement[] {
  if (path.length === 0) return [];
  const places = path.map(({ x, y }) => `${xOf(x, width).toFixed(1)},${yOf(y).toFixed(1)}`);
  return [
    svg('polyline', { class: 'fit-path', points: places.join(' ') }),
    ...path.map(({ x, y }) => svg('circle', { class: 'fit-check', r: 2.5, cx: xOf(x, width), cy: yOf(y) })),
  ];
}

function plotLabel({ marks, axis }: RepairPlotData): string {
  const points = marks.filter(({ role }) => role === 'point' || role === 'chosen');
  const shown = marks.filter(({ role }) => role !== 'point').map(({ spoken }) => spoken);
  const head = text(axis === 'solved' ? 'repairPlotLabel' : 'repairPlotLabelTokens');
  const count = text('repairPlotCount', points.length, points.filter(({ meets }) => meets).length);
  return [head, ...shown, ...(points.length === 0 ? [] : [count])].join(' ');
}
