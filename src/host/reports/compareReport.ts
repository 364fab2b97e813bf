import { escapeMarkdown } from '../../core/report/escape';
import { relativePaths } from '../../core/report/relativePaths';
import { formatSignificant } from '../../core/report/scores';
import type { ComparedModule, CompareResult } from '../../protocol/engineApi';
import type { Localize } from '../format';

/** How two adapters differ, as Markdown. Names from files are escaped. */
export function compareReport(result: CompareResult, names: readonly [string, string], t: Localize): string {
  const [left, right] = names.map((name) => escapeMarkdown(name));
  const paths = relativePaths({ left: result.left, right: result.right });
  const changed = result.modules.filter(({ status }) => status !== 'equal');
  const equal = result.modules.length - changed.length;
  const carried = result.carried.filter(({ status }) => status !== 'equal');
  return [
    `# ${t('Comparison')}`,
    '',
    `- ${t('Left')}: **${left ?? ''}** (${escapeMarkdown(paths.left)})`,
    `- ${t('Right')}: **${right ?? ''}** (${escapeMarkdown(paths.right)})`,
    `- ${t('Modules that differ: {0}; equal: {1}', changed.length, equal)}`,
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
