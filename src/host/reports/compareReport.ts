import { escapeMarkdown } from '../../core/report/escape';
import { relativePaths } from '../../core/report/relativePaths';
import { formatSignificant } from '../../core/report/scores';
import { render } from '../../core/message';
import {
  comparisonSummary,
  differing,
  STATUS_TEXTS,
  type ComparedModule,
} from '../../core/report/comparison';
import type { CompareResult } from '../../protocol/engineApi';
import type { Localize } from '../format';

/** How two adapters differ, as Markdown. Names from files are escaped. */
export function compareReport(result: CompareResult, names: readonly [string, string], t: Localize): string {
  const [left, right] = names.map((name) => escapeMarkdown(name));
  const paths = relativePaths({ left: result.left, right: result.right });
  const changed = differing(result.modules);
  const carried = result.carried.filter(({ status }) => status !== 'equal');
  return [
    `# ${t('Comparison')}`,
    '',
    `- ${t('Left')}: **${left ?? ''}** (${escapeMarkdown(paths.left)})`,
    `- ${t('Right')}: **${right ?? ''}** (${escapeMarkdown(paths.right)})`,
    '',
    `**${comparisonSummary(result.modules, t)}**`,
    '',
    ...(changed.length === 0 ? [] : moduleTable(changed, t)),
    ...(carried.length === 0
      ? []
      : [
          '',
          `## ${t('Other tensors that differ')}`,
          '',
          ...carried.map(
            ({ tensor, status }) => `- ${escapeMarkdown(tensor)}: ${render(STATUS_TEXTS[status], t)}`,
          ),
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
        `| ${escapeMarkdown(one.module)} | ${render(STATUS_TEXTS[one.status], t)} | ${[one.leftNorm, one.rightNorm, one.difference, one.cosine].map(number).join(' | ')} |`,
    ),
  ];
}

function number(value: number | null): string {
  return value === null ? '–' : formatSignificant(value);
}
