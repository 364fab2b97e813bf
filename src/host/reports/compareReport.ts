import { escapeMarkdown } from '../../core/report/escape';
import { relativePaths } from '../../core/report/relativePaths';
import { formatSignificant } from '../../core/report/scores';
import type { ComparedModule, CompareResult } from '../../protocol/engineApi';
import type { Localize } from '../format';

/** How two adapters differ, as Markdown. Names from files are escaped. */
export function compareReport(result: CompareResult, names: readonly [string, string], t: Localize): string {
  const [left, right] = names.map((name) => escapeMarkdown(name));
  const paths = relativePaths({ left: result.left, right: result.right });
  const changed = result.modules
    .filter(({ status }) => status !== 'equal')
    .toSorted((x, y) => distance(y) - distance(x));
  const carried = result.carried.filter(({ status }) => status !== 'equal');
  return [
    `# ${t('Comparison')}`,
    '',
    `- ${t('Left')}: **${left ?? ''}** (${escapeMarkdown(paths.left)})`,
    `- ${t('Right')}: **${right ?? ''}** (${escapeMarkdown(paths.right)})`,
    '',
    summary(result.modules, t),
    '',
    ...(changed.length === 0 ? [] : moduleTable(changed, t)),
    ...(carried.length === 0
      ? []
      : [
          '',
          `## ${t('Other tensors that differ')}`,
          '',
          ...carried.map(({ tensor, status }) => `- ${escapeMarkdown(tensor)}: ${statusText(status, t)}`),
        ]),
    '',
  ].join('\n');
}

/** One sentence: what became of the modules, and how much of the update is left. */
function summary(modules: readonly ComparedModule[], t: Localize): string {
  const count = (status: ComparedModule['status']): number =>
    modules.filter((one) => one.status === status).length;
  const counts = [
    [count('left-only'), t('{0} removed', count('left-only'))],
    [count('right-only'), t('{0} added', count('right-only'))],
    [count('zeroed'), t('{0} set to zero', count('zeroed'))],
    [count('changed'), t('{0} changed', count('changed'))],
    [count('equal'), t('{0} identical', count('equal'))],
  ] as const;
  const parts = counts.flatMap(([number, text]) => (number === 0 ? [] : [text]));
  const squared = (side: 'leftNorm' | 'rightNorm'): number =>
    modules.reduce((sum, one) => sum + (one[side] ?? 0) ** 2, 0);
  const [before, after] = [squared('leftNorm'), squared('rightNorm')];
  if (before > 0) parts.push(t('{0} % of ‖dW‖² left', Math.round((100 * after) / before)));
  return `**${parts.join(', ')}.**`;
}

/** How far the two sides are apart, for the order of the table. */
function distance({ difference, leftNorm, rightNorm }: ComparedModule): number {
  return difference ?? Math.max(leftNorm ?? 0, rightNorm ?? 0);
}

function moduleTable(modules: readonly ComparedModule[], t: Localize): readonly string[] {
  const head = [t('Module'), t('Status'), t('‖dW‖ left'), t('‖dW‖ right'), t('‖difference‖'), t('Cosine')];
  return [
    `## ${t('Modules that differ')}`,
    '',
    `| ${head.join(' | ')} |`,
    '|:--|:--|--:|--:|--:|--:|',
    ...modules.map(
      (one) =>
        `| ${escapeMarkdown(one.module)} | ${statusText(one.status, t)} | ${[one.leftNorm, one.rightNorm, one.difference, one.cosine].map(number).join(' | ')} |`,
    ),
  ];
}

function number(value: number | null): string {
  return value === null ? '–' : formatSignificant(value);
}

function statusText(status: ComparedModule['status'], t: Localize): string {
  return {
    equal: t('equal'),
    changed: t('changed'),
    zeroed: t('set to zero on the right'),
    'left-only': t('only left'),
    'right-only': t('only right'),
  }[status];
}
