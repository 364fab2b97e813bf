import type { LoaderCheck, LoadFinding, LoadVerdict, SilentModule } from '../../core/check/types';
import { escapeMarkdown } from '../../core/report/escape';
import { isDoubtful, LOADER_NAMES, VERDICT_TEXTS } from '../../core/report/loaders';
import type { CheckResult } from '../../protocol/engineApi';
import type { Localize } from '../format';
import { render } from '../../core/message';

const MAX_MESSAGE = 1000;

/** What loaders would do with an adapter, as Markdown in the language of the window; names are escaped. */
export function checkReport(result: CheckResult, name: string, t: Localize): string {
  const { adapter, model, modules, loaders, differences } = result;
  return [
    `# ${t('Will it load? {0}', escapeMarkdown(name))}`,
    '',
    `- ${t('Adapter')}: ${escapeMarkdown(adapter, MAX_MESSAGE)}`,
    `- ${t('Model')}: ${model === null ? t('none chosen, so names are not compared') : escapeMarkdown(model, MAX_MESSAGE)}`,
    '',
    `| ${[t('Loader'), t('Result'), t('Modules that attach')].join(' | ')} |`,
    '|:--|:--|--:|',
    ...loaders.map(
      ({ loader, version, verdict, attached, altered }) =>
        `| ${LOADER_NAMES[loader]} ${version} | ${verdictText(verdict, t)} | ${attached.length + altered.length} / ${modules} |`,
    ),
    ...(differences.length === 0 ? [] : ['']),
    ...differences.map(({ message }) => `**${escapeMarkdown(render(message, t), MAX_MESSAGE)}**\n`),
    ...loaders.flatMap((loader) => details(loader, t)),
    '',
    t(
      "Derived from names, shapes, and the config by the same rules as the loaders' code. Compared with all that the file holds under the scales of its config. Nothing was loaded.",
    ),
    '',
  ].join('\n');
}

/** Which loaders would not run an adapter as it is, in one sentence; undefined: none, as far as it can be determined. */
export function loadWarning(loaders: readonly LoaderCheck[], name: string, t: Localize): string | undefined {
  const wrong = loaders.filter(isDoubtful);
  if (wrong.length === 0) return undefined;
  return t(
    '{0} would not run {1} as it is.',
    wrong.map(({ loader }) => LOADER_NAMES[loader]).join(', '),
    name,
  );
}

function details(check: LoaderCheck, t: Localize): readonly string[] {
  const { loader, findings, altered, silent, unsure } = check;
  if (findings.length + altered.length + silent.length + unsure.length === 0) return [];
  return [
    '',
    `## ${LOADER_NAMES[loader]}`,
    '',
    ...findings.map((finding) => `- ${findingText(finding, t)}`),
    ...moduleTable(t('Module applied differently'), altered, t),
    ...moduleTable(t('Ignored module'), silent, t),
    ...moduleTable(t('Undetermined module'), unsure, t),
  ];
}

function moduleTable(heading: string, modules: readonly SilentModule[], t: Localize): readonly string[] {
  if (modules.length === 0) return [];
  return [
    '',
    `| ${heading} | ${t('Reason')} |`,
    '|:--|:--|',
    ...modules.map(
      ({ module, reason }) =>
        `| ${escapeMarkdown(module)} | ${escapeMarkdown(render(reason, t), MAX_MESSAGE)} |`,
    ),
  ];
}

function findingText({ severity, message, versions, source }: LoadFinding, t: Localize): string {
  const label = {
    error: t('Refused'),
    silent: t('Another effect'),
    unsure: t('Undetermined'),
    note: t('Note'),
  }[severity];
  const where = versions === undefined ? '' : ` (${escapeMarkdown(render(versions, t))})`;
  const from = source === undefined ? '' : ` (${t('Source')}: ${escapeMarkdown(source)})`;
  return `**${label}**${where}: ${escapeMarkdown(render(message, t), MAX_MESSAGE)}${from}`;
}

const MARKS: Readonly<Record<LoadVerdict, string>> = {
  same: '✓',
  other: '⚠',
  nothing: '⚠',
  refused: '✗',
  unknown: '?',
};

const verdictText = (verdict: LoadVerdict, t: Localize): string =>
  `${MARKS[verdict]} ${render(VERDICT_TEXTS[verdict], t)}`;
