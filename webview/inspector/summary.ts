import { visibleText } from '../../src/core/report/escape';
import { formatBytes } from '../../src/core/report/scores';
import type { AdapterSummary, InspectedFile } from '../../src/protocol/inspector';
import { button } from '../controls';
import { element } from '../dom';
import { Notice } from '../notice';
import { text } from '../strings';

/** Longer metadata values (training tools store whole configs) are folded. */
const FOLDED_VALUE = 300;
/** The most that is ever shown of one value. */
const MAX_VALUE = 100_000;
/** More entries than any tool writes; the rest is only counted. */
const MAX_ENTRIES = 1000;
/** Up to this many entries are open from the start. */
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

function adapterParts({ family, moduleCount, ranks, scales, alignedHint }: AdapterSummary): string[] {
  const shown = family === 'mlx' ? 'MLX' : 'PEFT';
  return [
    moduleCount === 1 ? text('adapterOne', shown) : text('adapterMany', shown, moduleCount.toLocaleString()),
    text('loraRank', span(ranks)),
    text('loraScale', span(scales)),
    ...(alignedHint === null ? [] : [text('trainedOn', visibleText(alignedHint))]),
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

/** Why there is no score, and what else to know before the list. */
export function notices({ declined, adapter }: InspectedFile): Notice[] {
  const made = declined === null ? [] : [new Notice('warning', text('declined')).show([declined])];
  for (const { reason, count } of adapter?.unsupported ?? []) {
    const head = count === 1 ? text('unscoredOne') : text('unscoredMany', count);
    made.push(new Notice('info', head).show([reason]));
  }
  for (const note of adapter?.notes ?? []) made.push(new Notice('info', text('note')).show([note]));
  return made;
}

/** The file's `__metadata__`, folded if it is long; nothing if there is none. */
export function metadataSection({ metadata }: InspectedFile): HTMLElement[] {
  const count = metadata.length;
  if (count === 0) return [];
  const list = element('dl', { class: 'metadata' });
  for (const [key, value] of metadata.slice(0, MAX_ENTRIES)) {
    list.append(element('dt', {}, visibleText(key)), valueCell(value));
  }
  const head = count === 1 ? text('metadataOne') : text('metadataMany', count.toLocaleString());
  const section = element('details', {}, element('summary', {}, head), list);
  if (count > MAX_ENTRIES)
    section.append(element('p', { class: 'note' }, text('moreEntries', count - MAX_ENTRIES)));
  section.open = count <= OPEN_ENTRIES;
  return [section];
}

function valueCell(value: string): HTMLElement {
  const short = value.length <= FOLDED_VALUE;
  const shown = element('span', {}, visibleLines(value, short ? MAX_VALUE : FOLDED_VALUE));
  const cell = element('dd', {}, shown);
  if (short) return cell;
  const more = button({
    label: text('showWhole'),
    onClick: () => {
      shown.textContent = visibleLines(value, MAX_VALUE);
      more.remove();
    },
  });
  cell.append(more);
  return cell;
}

/** Escapes invisible characters except line breaks. */
function visibleLines(value: string, length: number): string {
  return value
    .slice(0, length)
    .split('\n')
    .map((line) => visibleText(line, length))
    .join('\n')
    .concat(value.length > length ? '…' : '');
}
