import { visibleText } from '../../src/core/report/escape';
import type { PanelRepair, PanelRepairPoint, PanelShares } from '../../src/protocol/panelRepair';
import { text } from '../strings';

/** Longer names beside marks are cut; tooltips have them whole. */
const MAX_LABEL = 32;

export interface RepairMark {
  readonly role: 'aligned' | 'adapter' | 'point' | 'chosen';
  /** Shares, 0 to 1. */
  readonly x: number;
  readonly y: number;
  readonly meets: boolean;
  /** Index of its method in the order in which methods were measured; null for the models. */
  readonly series: number | null;
  /** Beside the mark; empty for most points of a curve. */
  readonly name: string;
  /** Its tooltip. */
  readonly spoken: string;
}

export interface RepairPlotData {
  readonly axis: PanelRepair['axis'];
  /** The least share of refused harmful prompts that meets the target; null until it is known. */
  readonly least: number | null;
  readonly marks: readonly RepairMark[];
  /** What the gates did from check to check. */
  readonly path: readonly { readonly x: number; readonly y: number }[];
}

/** Null while nothing has a place in it. */
export function repairPlotData(repair: PanelRepair): RepairPlotData | null {
  const { axis, limits, aligned, adapter, points, path, chosen } = repair;
  const ends = [
    ...markOf('aligned', text('variantAligned'), aligned),
    ...markOf('adapter', text('variantAdapter'), adapter),
  ];
  const methods = [...new Set(points.map(({ method }) => method))];
  // The chosen point says its method itself.
  const others = methods.length < 2 ? [] : methods.filter((one) => one !== points[chosen ?? -1]?.method);
  const named = others.map((method) => strongest(points, method));
  const curve = points.flatMap((point, index) =>
    markOf(index === chosen ? 'chosen' : 'point', visibleText(point.label), point, point.meets).map(
      (mark) => ({
        ...mark,
        series: methods.indexOf(point.method),
        name: named.includes(point) ? visibleText(point.method, MAX_LABEL) : mark.name,
      }),
    ),
  );
  // The chosen one is drawn last, over its neighbors.
  const marks = [
    ...ends,
    ...curve.toSorted((a, b) => Number(a.role === 'chosen') - Number(b.role === 'chosen')),
  ];
  if (marks.length === 0) return null;
  return {
    axis,
    least: limits === null ? null : 1 - limits.maxAsr,
    marks,
    path: path.flatMap(({ refused, task }) => (task === null ? [] : [{ x: task, y: refused }])),
  };
}

/** The point that has the name of its method: the one that refuses most, with the most of the task. */
function strongest(points: readonly PanelRepairPoint[], method: string): PanelRepairPoint | undefined {
  return points
    .filter((point) => point.method === method)
    .toSorted((a, b) => b.refused - a.refused || (b.task ?? 0) - (a.task ?? 0))[0];
}

function markOf(
  role: RepairMark['role'],
  name: string,
  shares: PanelShares | null,
  meets = false,
): readonly RepairMark[] {
  if (shares?.task == null) return [];
  const { refused: y, task: x } = shares;
  const spoken = text('repairMark', name, whole(y), whole(x));
  return [
    { role, x, y, meets, series: null, name: role === 'point' ? '' : visibleText(name, MAX_LABEL), spoken },
  ];
}

const whole = (share: number): number => Math.round(share * 100);
