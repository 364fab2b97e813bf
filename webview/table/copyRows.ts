import { escapeMarkdown } from '../../src/core/report/escape';
import { labelText, type Column } from './column';

/** How rows are copied: the first cell alone, a table for spreadsheets, or one for Markdown. */
export type CopyFormat = 'names' | 'tsv' | 'markdown';

/** Rows as text, with a head where there are columns. Cells are what the table shows, without its true minus signs. */
export function rowsText<M>(
  model: M,
  columns: readonly Column<M>[],
  rows: readonly number[],
  format: CopyFormat,
): string {
  const shown = columns.filter(({ value }) => value !== undefined);
  const [first] = shown;
  if (first === undefined) return '';
  const cell = (column: Column<M>, row: number): string => column.cell(model, row).replaceAll('−', '-');
  if (format === 'names') return rows.map((row) => cell(first, row)).join('\n');
  const head = shown.map(({ label }) => labelText(label));
  const lines = [head, ...rows.map((row) => shown.map((column) => cell(column, row)))];
  if (format === 'tsv')
    return lines.map((cells) => cells.map((text) => text.replaceAll('\t', ' ')).join('\t')).join('\n');
  const aligned = shown.map(({ align }) => (align === 'end' ? '--:' : ':--'));
  const [top = [], ...body] = lines.map((cells) => cells.map((text) => escapeMarkdown(text, MAX_CELL)));
  return [top, aligned, ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

const MAX_CELL = 1000;
