import { visibleText } from '../../src/core/report/escape';
import { formatBytes } from '../../src/core/report/scores';
import type { AdapterSummary, InspectedFile } from '../../src/protocol/inspector';
import { element, icon } from '../dom';
import { text } from './strings';

/** Longer metadata values (training tools store whole configs) show their beginning until they are asked for. */
const FOLDED_VALUE = 300;
/** What is ever shown of one value. */
const MAX_VALUE = 100_000;
/** More entries than any tool writes; the rest is counted, not shown. */
const MAX_ENTRIES = 1000;
/** So many entries are open from the start. */
const OPEN_ENTRIES = 3;

/** One line on what the file is. */
export function summaryLine(file: InspectedFile): string {
  const parts = [
    file.tensorCount === 1 ? text('oneTensor') : text('manyTensors', file.tensorCount.toLocaleString()),
    formatBytes(file.fileSize),
    ...(file.adapter === null ? [] : adapterParts(file.adapter)),
  ];
  return parts.join(' · ');
}

function adapterParts(adapter: AdapterSummary): string[] {
  const family = adapter.family === 'mlx' ? 'MLX' : 'PEFT';
  const count = adapter.moduleCount.toLocaleString();
  return [
    adapter.moduleCount === 1 ? text('adapterOne', family) : text('adapterMany', family, count),
    text('rank', span(adapter.ranks)),
    text('scale', span(adapter.scales)),
    ...(adapter.alignedHint === null ? [] : [text('trainedOn', visibleText(adapter.alignedHint))]),
  ];
}

function span(values: readonly number[]): string {
  const [least, most] = [values[0], values.at(-1)];
  if (least === undefined || most === undefined) return '–';
  return least === most ? plain(least) : `${plain(least)}–${plain(most)}`;
}

/** 8 as "8", 2/3 as "0.6667". */
function plain(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** What a reader should know before the list: why there is no score, what is carried along. */
export function notices(file: InspectedFile): HTMLElement[] {
  const made: HTMLElement[] = [];
  if (file.declined !== null) {
    made.push(notice('warning', text('declined'), visibleText(file.declined, MAX_VALUE)));
  }
  if (file.adapter === null) return made;
  for (const { reason, count } of file.adapter.unsupported) {
    const head = count === 1 ? text('unscoredOne') : text('unscoredMany', count);
    made.push(notice('info', head, visibleText(reason, MAX_VALUE)));
  }
  for (const note of file.adapter.notes)
    made.push(notice('info', text('note'), visibleText(note, MAX_VALUE)));
  return made;
}

/** A boxed message: what kind it is stands in words and not in colour alone. */
export function notice(
  kind: 'error' | 'warning' | 'info',
  head: string,
  rest: string,
  ...actions: readonly HTMLElement[]
): HTMLElement {
  const words = element('p', {
    children: [element('strong', { text: head }), document.createTextNode(` ${rest}`)],
  });
  const box = element('div', { class: 'notice-text', children: [words] });
  const row = element('div', { class: 'notice-actions', children: actions });
  return element('div', {
    class: `notice ${kind}`,
    attributes: kind === 'error' ? { role: 'alert' } : {},
    children: [icon(kind), box, ...(actions.length > 0 ? [row] : [])],
  });
}

/** A push button. `kind` as in VS Code: one primary button in a place, the others secondary. */
export function button(kind: 'primary' | 'secondary', label: string, act: () => void): HTMLButtonElement {
  const made = element('button', { class: `button ${kind}`, text: label, attributes: { type: 'button' } });
  made.addEventListener('click', act);
  return made;
}

/** The file's `__metadata__`, folded when it is long. Empty metadata: nothing. */
export function metadataSection(file: InspectedFile): HTMLElement | undefined {
  const count = file.metadata.length;
  if (count === 0) return undefined;
  const list = element('dl', { class: 'metadata' });
  for (const [key, value] of file.metadata.slice(0, MAX_ENTRIES)) {
    list.append(element('dt', { text: visibleText(key) }), valueCell(value));
  }
  const head = count === 1 ? text('metadataOne') : text('metadataMany', count.toLocaleString());
  const section = element('details', {
    class: 'fold',
    children: [element('summary', { text: head }), list],
  });
  if (count > MAX_ENTRIES) {
    section.append(element('p', { class: 'quiet', text: text('moreEntries', count - MAX_ENTRIES) }));
  }
  section.open = count <= OPEN_ENTRIES;
  return section;
}

function valueCell(value: string): HTMLElement {
  const short = value.length <= FOLDED_VALUE;
  const shown = element('span', { text: visibleLines(value, short ? MAX_VALUE : FOLDED_VALUE) });
  const cell = element('dd', { children: [shown] });
  if (short) return cell;
  const more = button('secondary', text('showAll'), () => {
    shown.textContent = visibleLines(value, MAX_VALUE);
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
