import { visibleText } from '../../src/core/report/escape';
import { formatBytes, formatSignificant } from '../../src/core/report/scores';
import type { AdapterSummary, InspectedFile } from '../../src/protocol/inspector';
import { button, element, type Translate } from './dom';

/** Longer metadata values (training tools store whole configs) show their beginning until they are asked for. */
const FOLDED_VALUE = 300;
/** What is ever shown of one value. */
const MAX_VALUE = 100_000;
/** More entries than any tool writes; the rest is counted, not shown. */
const MAX_ENTRIES = 1000;
/** So many entries are open from the start. */
const OPEN_ENTRIES = 3;

/** One line on what the file is. */
export function summaryLine(file: InspectedFile, t: Translate): string {
  const parts = [
    file.tensorCount === 1 ? t('1 tensor') : t('{0} tensors', file.tensorCount.toLocaleString()),
    formatBytes(file.fileSize),
  ];
  if (file.adapter !== null) parts.push(...adapterParts(file.adapter, t));
  return parts.join(' · ');
}

function adapterParts(adapter: AdapterSummary, t: Translate): string[] {
  const family = adapter.family === 'mlx' ? 'MLX' : 'PEFT';
  const count = adapter.moduleCount.toLocaleString();
  return [
    adapter.moduleCount === 1
      ? t('{0} adapter with 1 module', family)
      : t('{0} adapter with {1} modules', family, count),
    t('rank {0}', span(adapter.ranks)),
    t('scale {0}', span(adapter.scales)),
    ...(adapter.alignedHint === null ? [] : [t('trained on {0}', visibleText(adapter.alignedHint))]),
  ];
}

function span(values: readonly number[]): string {
  const [least, most] = [values[0], values.at(-1)];
  if (least === undefined || most === undefined) return '–';
  return least === most ? formatSignificant(least) : `${formatSignificant(least)}–${formatSignificant(most)}`;
}

/** What a reader should know before the list: why there is no score, what is carried along. */
export function notices(file: InspectedFile, t: Translate): HTMLElement[] {
  const made: HTMLElement[] = [];
  if (file.declined !== null) {
    made.push(notice('warning', t('Cannot be scored'), visibleText(file.declined, MAX_VALUE)));
  }
  if (file.adapter === null) return made;
  for (const { reason, count } of file.adapter.unsupported) {
    const head = count === 1 ? t('1 module has no score') : t('{0} modules have no score', count);
    made.push(notice('info', head, visibleText(reason, MAX_VALUE)));
  }
  for (const note of file.adapter.notes) made.push(notice('info', t('Note'), visibleText(note, MAX_VALUE)));
  return made;
}

/** A boxed message: what kind it is stands in words and not in colour alone. */
export function notice(
  kind: 'error' | 'warning' | 'info',
  head: string,
  text: string,
  ...actions: readonly HTMLElement[]
): HTMLElement {
  const words = element('p', {}, element('strong', { text: head }), document.createTextNode(` ${text}`));
  const made = element(
    'div',
    { class: `notice ${kind}`, ...(kind === 'error' ? { role: 'alert' } : {}) },
    words,
  );
  if (actions.length > 0) made.append(element('div', { class: 'actions' }, ...actions));
  return made;
}

/** The file's `__metadata__`, folded when it is long. Empty metadata: nothing. */
export function metadataSection(file: InspectedFile, t: Translate): HTMLElement | undefined {
  const count = file.metadata.length;
  if (count === 0) return undefined;
  const list = element('dl', { class: 'metadata' });
  for (const [key, value] of file.metadata.slice(0, MAX_ENTRIES)) {
    list.append(element('dt', { text: visibleText(key) }), valueCell(value, t));
  }
  const head = count === 1 ? t('Metadata (1 entry)') : t('Metadata ({0} entries)', count.toLocaleString());
  const section = element('details', { class: 'fold' }, element('summary', { text: head }), list);
  if (count > MAX_ENTRIES) {
    section.append(element('p', { class: 'quiet', text: t('{0} more entries', count - MAX_ENTRIES) }));
  }
  section.open = count <= OPEN_ENTRIES;
  return section;
}

function valueCell(value: string, t: Translate): HTMLElement {
  const short = value.length <= FOLDED_VALUE;
  const text = element('span', { text: visibleLines(value, short ? MAX_VALUE : FOLDED_VALUE) });
  const cell = element('dd', {}, text);
  if (short) return cell;
  const more = button('secondary', t('Show All'), () => {
    text.textContent = visibleLines(value, MAX_VALUE);
    more.remove();
  });
  cell.append(more);
  return cell;
}

/** Line breaks stay line breaks; other characters that cannot be seen are spelt out. */
function visibleLines(value: string, length: number): string {
  return value
    .slice(0, length)
    .split('\n')
    .map((line) => visibleText(line, length))
    .join('\n')
    .concat(value.length > length ? '…' : '');
}
