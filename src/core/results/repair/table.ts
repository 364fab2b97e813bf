import { visibleText } from '../../report/escape';
import { wilson } from '../../statistics/intervals';
import { rateText, taskLabel, type TextTable } from '../evaluation/table';
import { TOKEN_ACCURACY } from '../evaluation/summarize';
import { NOT_REFUSED, notRefusedShare } from './target';
import type { Figures, MeasuredPoint, RepairDocument, Share } from './types';

/** `cut, k 2, side both`: the method and its options; of several points, those options that differ among them. */
export function pointLabel(
  { method, options, top }: Pick<MeasuredPoint, 'method' | 'options' | 'top'>,
  points: readonly MeasuredPoint[],
): string {
  const others = points.filter((one) => one.method === method);
  const varied = Object.entries(options).filter(
    ([name, value]) => others.length === 1 || others.some((one) => one.options[name] !== value),
  );
  const parts = varied.map(([name, value]) => `${name} ${visibleText(String(value))}`);
  return [method, ...(top === undefined ? [] : [`top ${top}`]), ...parts].join(', ');
}

/** With its interval; empty for what was not measured. */
export const shareText = (share: Share | null | undefined): string =>
  share == null ? '' : (rateText(wilson(share.count, share.n)) ?? '');

/** Whether refusal margins were measured, so that clear refusals can be counted. */
export const hasClearRefusals = ({ points }: Pick<RepairDocument, 'points'>): boolean =>
  points.some(({ restored }) => restored !== undefined);

/** Strengths on the fit split, and what the models do there. */
export function pointsTable(document: RepairDocument): TextTable {
  const { before, points, chosen, target } = document;
  const scores = [...new Set([target.taskScore, TOKEN_ACCURACY])];
  const isClearShown = hasClearRefusals(document);
  const row = (
    label: string,
    figures: Figures,
    { mark = '', restored }: { readonly mark?: string; readonly restored?: Share | undefined } = {},
  ): readonly string[] => [
    label,
    shareText(notRefusedShare(figures)),
    ...(isClearShown ? [shareText(restored)] : []),
    shareText(figures.overRefusal),
    ...scores.map((id) => (Object.hasOwn(figures.task, id) ? shareText(figures.task[id]) : '')),
    mark,
  ];
  return {
    head: [
      ...['strength', NOT_REFUSED, ...(isClearShown ? ['clear refusals'] : []), 'over-refusal'],
      ...[...scores.map(taskLabel), 'target'],
    ],
    rows: [
      row('aligned', before.aligned),
      row('adapter', before.adapter),
      ...points.map((point, at) => {
        const { figures, meets, restored } = point;
        const reached = meets ? 'reached' : 'missed';
        const mark = at === chosen ? `${reached}, chosen` : reached;
        return row(pointLabel(point, points), figures, { mark, restored });
      }),
    ],
  };
}
