import type { PanelRepair } from '../../src/protocol/panelRepair';
import { axisMarks, LEFT, RIGHT, xOf, yOf } from '../behavior/axes';
import { SHAPES } from '../behavior/marks';
import { PlotBase, type Drawing } from '../behavior/plotBase';
import { svg } from '../dom';
import { text } from '../strings';
import { repairPlotData, type RepairMark, type RepairPlotData } from './plotData';

/** Points of a method, around the origin: methods differ in shape, not in color alone. */
const SERIES = [
  'M-4,0a4,4 0 1 0 8,0a4,4 0 1 0 -8,0z',
  'M0,-5 5,4 -5,4z',
  'M-5,-4 5,-4 0,5z',
  'M-1.7,-5H1.7V-1.7H5V1.7H1.7V5H-1.7V1.7H-5V-1.7H-1.7z',
  'M-4.5,-4.5H4.5L-4.5,4.5H4.5z',
] as const;
/** Colors of `repair.css`: with the shapes, this makes 20 different marks. */
const COLORS = 4;
/** Radius of the ring around the point that was chosen. */
const RING = 10;

/** Refused harmful prompts over solved tasks: every strength that was measured, the path of the fit, and the target. */
export class RepairPlotView extends PlotBase<RepairPlotData> {
  constructor() {
    super('repair-plot', 'repairPlotHint');
  }

  update(repair: PanelRepair): void {
    this.show(repairPlotData(repair));
  }

  protected drawing(data: RepairPlotData, width: number): Drawing {
    const { axis, marks } = data;
    const across = text(axis === 'solved' ? 'axisTask' : 'axisTokens');
    const places = marks
      .filter(({ name }) => name !== '')
      .map(({ x, y, name }) => ({ x: xOf(x, width), y: yOf(y), name }));
    const drawn = [
      ...targetLine(data, width),
      ...pathOf(data, width),
      ...marks.map((mark) => markOf(mark, width)),
      ...this.names(places, width),
    ];
    return {
      label: plotLabel(data),
      marks: [
        svg('g', { class: 'axis' }, ...axisMarks(width, { across, up: text('axisRefused') })),
        svg('g', {}, ...drawn),
      ],
    };
  }
}

function markOf({ role, x, y, meets, series, spoken }: RepairMark, width: number): SVGElement {
  const transform = `translate(${xOf(x, width).toFixed(1)} ${yOf(y).toFixed(1)})`;
  const title = svg('title', {}, spoken);
  if (role === 'aligned' || role === 'adapter')
    return svg('path', { class: `point point-${role}`, d: SHAPES[role], transform }, title);
  const index = series ?? 0;
  const dot = svg('path', {
    class: `curve-point series-${String(index % COLORS)}${meets ? ' meets' : ''}`,
    d: SERIES[index % SERIES.length] ?? SERIES[0],
  });
  const ring = role === 'chosen' ? [svg('circle', { class: 'chosen-ring', r: RING })] : [];
  return svg('g', { transform }, title, dot, ...ring);
}

function targetLine({ least }: RepairPlotData, width: number): SVGElement[] {
  if (least === null) return [];
  const y = yOf(least);
  return [
    svg('line', { class: 'target-line', x1: LEFT, x2: width - RIGHT, y1: y, y2: y }),
    svg(
      'text',
      // On the left: good strengths are on the right.
      { class: 'target-name', x: LEFT + 6, y: y + 14 },
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
  const shown = marks.filter(({ name }) => name !== '').map(({ spoken }) => spoken);
  const head = text(axis === 'solved' ? 'repairPlotLabel' : 'repairPlotLabelTokens');
  const count = text('repairPlotCount', points.length, points.filter(({ meets }) => meets).length);
  return [head, ...shown, ...(points.length === 0 ? [] : [count])].join(' ');
}
