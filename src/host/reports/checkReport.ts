import type { LoaderCheck, LoadFinding, LoadVerdict, SilentModule } from '../../core/check/types';
import { escapeMarkdown } from '../../core/report/escape';
import { LOADER_NAMES } from '../../core/report/loaders';
import type { CheckResult } from '../../protocol/engineApi';
import type { Localize } from '../format';
import { render } from '../../core/message';

const MAX_MESSAGE = 1000;

/** What loaders would do with an adapter, as Markdown in the language of the window; names are escaped. */
export function checkReport(result: CheckResult, name: string, t: Localize): string {
  const { adapter, model, modules, loaders } = result;
  return [
    `# ${t('Will it load? {0}', escapeMarkdown(name))}`,
    '',
    `- ${t('Adapter')}: ${escapeMarkdown(adapter, MAX_MESSAGE)}`,
    `- ${t('Model')}: ${model === null ? t('none chosen, so names are not compared') : escapeMarkdown(model, MAX_MESSAGE)}`,
    '',
    `| ${[t('Loader'), t('Result'), t('Modules that attach')].join(' | ')} |`,
    '|:--|:--|--:|',
    ...loaders.map(
      ({ loader, verdict, attached }) =>
        `| ${LOADER_NAMES[loader]} | ${verdictText(verdict, t)} | ${attached.length} / ${modules} |`,
    ),
    ...loaders.flatMap((loader) => details(loader, t)),
    '',
    t(
      "Derived from names, shapes, and the config by the same rules as the loaders' code (PEFT 0.15 to 0.21, vLLM, mlx-lm). Nothing was loaded.",
    ),
    '',
  ].join('\n');
}

/** Which loaders would leave out part of an adapter, in one sentence; undefined: none, as far as it can be determined. */
export function loadWarning(loaders: readonly LoaderCheck[], name: string, t: Localize): string | undefined {
  const wrong = loaders.filter(({ verdict }) => verdict === 'partly' || verdict === 'fails');
  if (wrong.length === 0) return undefined;
  return t(
    '{0} would not load all of {1}.',
    wrong.map(({ loader }) => LOADER_NAMES[loader]).join(', '),
    name,
  );
}

function details({ loader, findings, silent, unsure }: LoaderCheck, t: Localize): readonly string[] {
  if (findings.length + silent.length + unsure.length === 0) return [];
  return [
    '',
    `## ${LOADER_NAMES[loader]}`,
    '',
    ...findings.map((finding) => `- ${findingText(finding, t)}`),
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

function findingText({ severity, message, versions }: LoadFinding, t: Localize): string {
  const label = { error: t('Refused'), silent: t('Silently ignored'), note: t('Note') }[severity];
  const where = versions === undefined ? '' : ` (${escapeMarkdown(render(versions, t))})`;
  return `**${label}**${where}: ${escapeMarkdown(render(message, t), MAX_MESSAGE)}`;
}

function verdictText(verdict: LoadVerdict, t: Localize): string {
  return {
    loads: `✓ ${t('loads')}`,
    unknown: `? ${t('undetermined')}`,
    partly: `⚠ ${t('loads partially (some modules are silently ignored)')}`,
    fails: `✗ ${t('fails')}`,
  }[verdict];
}
