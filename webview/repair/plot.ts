import type { PanelRepair } from '../../src/protocol/panelRepair';
import { axisMarks, LEFT, RIGHT, xOf, yOf } from '../behavior/axes';
import { SHAPES } from '../behavior/marks';
import { PlotBase, type Drawing } from '../behavior/plotBase';
import { svg } from '../dom';
import { text } from '../strings';
import { repairPlotData, type RepairMark, type RepairPlotData } from './plotData';

/** Radius of a point of a curve, and of the ring around the one that was chosen. */
const POINT = 4;
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
