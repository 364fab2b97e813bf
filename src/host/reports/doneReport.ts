import { render, say, type Message } from '../../core/message';
import { formatDuration } from '../../core/report/progress';
import { escapeMarkdown } from '../../core/report/escape';
import type { Localize } from '../format';

/** What became of one adapter of many. */
export interface DoneEntry {
  readonly label: string;
  readonly outcome: 'analyzed' | 'unchanged' | 'failed' | 'canceled';
  readonly seconds: number;
  /** Why it failed. */
  readonly reason?: string;
}

/** How many there were of each outcome. */
export function doneSummary(entries: readonly DoneEntry[]): Message {
  const count = (outcome: DoneEntry['outcome']): number =>
    entries.filter((entry) => entry.outcome === outcome).length;
  return say(
    'Analyzed: {0}; unchanged: {1}; failed: {2}; canceled: {3}.',
    count('analyzed'),
    count('unchanged'),
    count('failed'),
    count('canceled'),
  );
}

/** A table of what was done, as Markdown; first what needs a look. Names from files are escaped. */
export function doneReport(entries: readonly DoneEntry[], t: Localize): string {
  const texts = {
    failed: t('failed'),
    canceled: t('canceled'),
    analyzed: t('analyzed'),
    unchanged: t('unchanged since the last analysis'),
  };
  const order = Object.keys(texts) as (keyof typeof texts)[];
  const rows = entries
    .toSorted((x, y) => order.indexOf(x.outcome) - order.indexOf(y.outcome))
    .map(({ label, outcome, seconds, reason }) => {
      const time = outcome === 'analyzed' || outcome === 'failed' ? formatDuration(seconds) : '–';
      const why = reason === undefined ? '' : escapeMarkdown(reason, MAX_REASON);
      return `| ${escapeMarkdown(label)} | ${texts[outcome]} | ${time} | ${why} |`;
    });
  return [
    `## ${t('What was done')}`,
    '',
    render(doneSummary(entries), t),
    '',
    `| ${[t('Adapter'), t('Outcome'), t('Time'), t('Reason')].join(' | ')} |`,
    '|:--|:--|--:|:--|',
    ...rows,
    '',
  ].join('\n');
}

/** A message with its file and its advice. */
const MAX_REASON = 1000;
