import { text, type StringKey } from '../strings';
import type { Column } from './column';
import { rowsText, type CopyFormat } from './copyRows';

const COPIES: readonly (readonly [StringKey, CopyFormat])[] = [
  ['copyNames', 'names'],
  ['copyTsv', 'tsv'],
  ['copyMarkdown', 'markdown'],
];

/** What is copied now. */
interface Copied<M> {
  readonly model: M;
  readonly columns: readonly Column<M>[];
  readonly rows: readonly number[];
}

/** Copies what `read` gives to the clipboard on Ctrl+C: the name of one row, a table of several. @returns the entries of a menu that copy */
export function copying<M>(host: HTMLElement, read: () => Copied<M>) {
  const copied = (format: CopyFormat): string => {
    const { model, columns, rows } = read();
    return rowsText(model, columns, rows, format);
  };
  onCopy(host, () => {
    const { length } = read().rows;
    return length === 0 ? undefined : copied(length === 1 ? 'names' : 'tsv');
  });
  return COPIES.map(([key, format]) => ({
    label: text(key),
    onChoose: () => void navigator.clipboard.writeText(copied(format)),
  }));
}

/** What Ctrl+C copies while the focus is in `host` and no text is selected. @param read undefined: nothing */
export function onCopy(host: HTMLElement, read: () => string | undefined): void {
  host.addEventListener('copy', (event) => {
    const copied = getSelection()?.isCollapsed === false ? undefined : read();
    if (copied === undefined) return;
    event.clipboardData?.setData('text/plain', copied);
    event.preventDefault();
  });
}
