import { render, say, type Message, type Translate } from '../message';

export const COMPARE_STATUSES = ['equal', 'changed', 'zeroed', 'left-only', 'right-only'] as const;
export type CompareStatus = (typeof COMPARE_STATUSES)[number];

/** One module of two adapters. */
export interface ComparedModule {
  readonly module: string;
  readonly status: CompareStatus;
  /** `‖dW‖_F` on each side, null where the module is absent. */
  readonly leftNorm: number | null;
  readonly rightNorm: number | null;
  /** `‖dW_left - dW_right‖_F`; null where shapes differ or one side lacks the module. */
  readonly difference: number | null;
  /** `<dW_left, dW_right> / (‖dW_left‖ ‖dW_right‖)`; null where a norm is 0 or a side is missing. */
  readonly cosine: number | null;
}

/** What became of a module from left to right. */
export const STATUS_TEXTS: Readonly<Record<CompareStatus, Message>> = {
  equal: say('equal'),
  changed: say('changed'),
  zeroed: say('set to zero on the right'),
  'left-only': say('only left'),
  'right-only': say('only right'),
};

/**
 * One sentence: what became of the modules, and how much of the squared size of the left update the right one has.
 * @param formatCount a number in the language of the reader
 */
export function comparisonSummary(
  modules: readonly ComparedModule[],
  translate?: Translate,
  formatCount: (count: number) => string = String,
): string {
  const count = (status: CompareStatus): number => modules.filter((one) => one.status === status).length;
  const counts: readonly (readonly [number, (count: string) => Message])[] = [
    [count('left-only'), (number) => say('{0} removed', number)],
    [count('right-only'), (number) => say('{0} added', number)],
    [count('zeroed'), (number) => say('{0} set to zero', number)],
    [count('changed'), (number) => say('{0} changed', number)],
    [count('equal'), (number) => say('{0} identical', number)],
  ];
  const parts = counts.flatMap(([number, part]) => (number === 0 ? [] : [part(formatCount(number))]));
  const [before, after] = [squaredSum(modules, 'leftNorm'), squaredSum(modules, 'rightNorm')];
  if (before > 0) {
    const share = formatCount(Math.round((100 * after) / before));
    const isCopy = count('changed') === 0 && count('right-only') === 0;
    parts.push(isCopy ? say('{0} % of ‖dW‖² left', share) : say('‖dW‖² is {0} % of that on the left', share));
  }
  return `${parts.map((part) => render(part, translate)).join(', ')}.`;
}

function squaredSum(modules: readonly ComparedModule[], side: 'leftNorm' | 'rightNorm'): number {
  return modules.reduce((sum, one) => sum + (one[side] ?? 0) ** 2, 0);
}

/** How far the two sides are apart: the size of the whole update where one of them lacks the module; null if not known. */
export function differenceOf({ status, difference, leftNorm, rightNorm }: ComparedModule): number | null {
  if (status === 'left-only') return leftNorm;
  return status === 'right-only' ? rightNorm : difference;
}

/** The modules that differ, the largest difference first, before them those whose difference is not known. */
export function differing(modules: readonly ComparedModule[]): readonly ComparedModule[] {
  const key = (one: ComparedModule): number => differenceOf(one) ?? Infinity;
  return modules
    .filter(({ status }) => status !== 'equal')
    .toSorted((x, y) => (key(x) === key(y) ? 0 : key(y) - key(x)));
}
