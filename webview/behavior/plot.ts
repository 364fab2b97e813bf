import { visibleText } from '../../src/core/report/escape';
import type { PanelBehavior } from '../../src/protocol/behavior';
import { svg } from '../dom';
import { text } from '../strings';
import { axisMarks, xOf, yOf } from './axes';
import { SHAPES } from './marks';
import { rateText } from './numbers';
import { PlotBase, type Drawing } from './plotBase';
import { plotData, type PlotData, type PlotPoint } from './plotLayout';
import { variantName } from './prompts';

/** Half the length of the line that ends an interval. */
const CAP = 3;
const MAX_LABEL = 24;

/** Refused harmful prompts over solved tasks: a point for each variant, with 95 % intervals. */
export class PlotView extends PlotBase<PlotData> {
  constructor() {
    super('behavior-plot', 'plotHint');
  }

  update(behavior: PanelBehavior): void {
    this.show(plotData(behavior));
  }

  protected drawing(data: PlotData, width: number): Drawing {
    const { horizontal, points } = data;
    const across = text(horizontal === 'task' ? 'axisTask' : 'axisBenign');
    const places = points.map(({ variant, x, y }) => ({
      x: xOf(x.value, width),
      y: yOf(y.value),
      name: visibleText(variantName(variant), MAX_LABEL),
    }));
    const shapes = points.map((point, index) => {
      const { x = 0, y = 0 } = places[index] ?? {};
      const { role } = point.variant;
      const at = `translate(${x.toFixed(1)} ${y.toFixed(1)})`;
      const title = svg('title', {}, pointLabel(point, horizontal));
      return svg('path', { class: `point point-${role}`, d: SHAPES[role], transform: at }, title);
    });
    return {
      label: plotLabel(data),
      marks: [
        svg('g', { class: 'axis' }, ...axisMarks(width, { across, up: text('axisRefused') })),
        svg(
          'g',
          {},
          ...points.flatMap((point) => intervals(point, width)),
          ...shapes,
          ...this.names(places, width),
        ),
      ],
    };
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
