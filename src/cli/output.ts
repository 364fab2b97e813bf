import { styleText } from 'node:util';
import { jsonText, visibleText } from '../core/report/escape';
import type { TableColumn } from '../core/report/table';

/** Version of the JSON that commands other than `analyze` print. Raised when a field changes meaning or goes. */
export const CLI_SCHEMA_VERSION = 2;

/** Where a command prints: results on `out`, everything else on `err`. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (line: string) => void;
  /** Columns of the terminal; undefined when results go to a file or pipe, which takes any width. */
  readonly width: number | undefined;
  readonly colour: boolean;
}

/** The process's own streams. Color only on a terminal and never with NO_COLOR (no-color.org). */
export function processTerminal(): Terminal {
  const { stdout, stderr } = process;
  return {
    out: (text) => stdout.write(text),
    err: (line) => stderr.write(`${line}\n`),
    width: stdout.isTTY ? stdout.columns : undefined,
    colour: stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '' && process.env['TERM'] !== 'dumb',
  };
}

/** A document of a command as JSON, the schema version first. */
export function documentText(fields: object): string {
  return jsonText({ schemaVersion: CLI_SCHEMA_VERSION, ...fields });
}

export type Column = Pick<TableColumn, 'label' | 'align'>;

export interface Cells {
  readonly cells: readonly string[];
  /** Drawn bold on a terminal; the text must say the same in words. */
  readonly strong?: boolean;
}

/** Longer cells are cut at their beginning: the end of a module name tells more. */
const MAX_CELL = 80;

/** A cell as visible text: no escape sequence of a file gets through. */
export function cellText(text: string): string {
  const shown = visibleText(text);
  return shown.length > MAX_CELL ? `…${shown.slice(1 - MAX_CELL)}` : shown;
}

/** Lines of an aligned table with a head. */
export function formatTable(columns: readonly Column[], rows: readonly Cells[], terminal: Terminal): string {
  const head = columns.map(({ label }) => label);
  const body = rows.map(({ cells, strong }) => ({
    strong,
    cells: cells.map(cellText),
  }));
  const widths = head.map((label, index) =>
    body.reduce((most, { cells }) => Math.max(most, cells[index]?.length ?? 0), label.length),
  );
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ align }, index) => {
        const [cell, width] = [cells[index] ?? '', widths[index] ?? 0];
        return align === 'right' ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  const lines = body.map(({ cells, strong }) => paint(line(cells), strong === true && terminal.colour));
  return [line(head), rule, ...lines].map((text) => `${text}\n`).join('');
}

function paint(text: string, strong: boolean): string {
  // Whether to colour was decided above, from the stream that is printed on.
  return strong ? styleText('bold', text, { validateStream: false }) : text;
}

/** Drops columns from the end of `expendable` (ids) until the widest row fits, or none is left to drop. */
export function fitColumns<C extends Column & { readonly id: string }>(
  columns: readonly C[],
  width: number | undefined,
  expendable: readonly string[],
  widthOf: (column: C) => number,
): readonly C[] {
  if (width === undefined) return columns;
  let kept = columns;
  for (const id of [...expendable].reverse()) {
    const needed = kept.reduce((sum, column) => sum + widthOf(column) + 2, -2);
    if (needed <= width) break;
    kept = kept.filter((column) => column.id !== id);
  }
  return kept;
}
