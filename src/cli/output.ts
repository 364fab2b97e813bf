import { styleText } from 'node:util';
import { jsonText, visibleText } from '../core/report/escape';
import type { TableColumn } from '../core/report/table';
import type { TextTable } from '../core/results/evaluation/table';

/** Exit codes of the process. */
export const EXIT = {
  ok: 0,
  /** A gate (`--fail-above`, `--max-selected`, `--max-standouts`) failed, or a loader would not load the whole adapter (`check`). */
  gate: 1,
  error: 2,
  /** 128 + SIGINT, as shells expect. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Version of the JSON that commands other than `analyze` print. Raised when a field changes meaning or is removed. */
const CLI_SCHEMA_VERSION = 2;

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

/** Paths and errors are shown in full. */
const MAX_PATH = 10_000;
const MAX_NOTE = 500;

export const fullText = (text: string): string => visibleText(text, MAX_PATH);

const noteLine = (text: string): string => `- ${visibleText(text, MAX_NOTE)}`;

/** The first `most` lines; then how many more there are, and the flag that shows them. */
export function firstOf(lines: readonly string[], most: number, flag: '--all' | '--json'): readonly string[] {
  return lines.length > most ? [...lines.slice(0, most), moreText(lines.length - most, flag)] : lines;
}

export const MAX_NOTES = 20;

/** Notes, one a line: the first ones, or all. */
export function noteLines(
  notes: readonly string[],
  flag: '--all' | '--json',
  all = false,
): readonly string[] {
  return firstOf(notes.map(noteLine), all ? Infinity : MAX_NOTES, flag);
}

const moreText = (count: number, flag: string): string => `… and ${count} more (${flag} shows them)`;

/** Rows of a table without --all. */
export const DEFAULT_ROWS = 25;

export type Column = Pick<TableColumn, 'label' | 'align'>;

export interface Cells {
  readonly cells: readonly string[];
  /** Drawn bold on a terminal; the text must say the same in words. */
  readonly strong?: boolean;
}

export const left = (label: string): Column => ({ label, align: 'left' });
export const right = (label: string): Column => ({ label, align: 'right' });

/** Spaces between columns. */
const GAP = 2;

/** Longer cells are cut at their beginning: the end of a module name tells more. */
const MAX_CELL = 80;

/** A cell as visible text: no escape sequence of a file gets through. */
export function cellText(text: string): string {
  const shown = visibleText(text);
  return shown.length > MAX_CELL ? `…${shown.slice(1 - MAX_CELL)}` : shown;
}

/** An aligned table with a head, of all rows or the first ones. */
export function formatTable(
  columns: readonly Column[],
  rows: readonly Cells[],
  { colour }: Pick<Terminal, 'colour'>,
  all = true,
): string {
  const head = columns.map(({ label }) => label);
  const shown = all ? rows : rows.slice(0, DEFAULT_ROWS);
  const body = shown.map(({ cells, strong }) => ({ strong, cells: cells.map(cellText) }));
  const widths = head.map((label, index) =>
    body.reduce((most, { cells }) => Math.max(most, cells[index]?.length ?? 0), label.length),
  );
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ align }, index) => {
        const [cell, width] = [cells[index] ?? '', widths[index] ?? 0];
        return align === 'right' ? cell.padStart(width) : cell.padEnd(width);
      })
      .join(' '.repeat(GAP))
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join(' '.repeat(GAP));
  // Whether to color depends on the stream that is printed on, not on standard output.
  const paint = (text: string): string => styleText('bold', text, { validateStream: false });
  return [
    line(head),
    rule,
    ...body.map(({ cells, strong }) => (strong === true && colour ? paint(line(cells)) : line(cells))),
    ...(rows.length > shown.length ? [moreText(rows.length - shown.length, '--all')] : []),
  ].join('\n');
}

/** Of a table that is folded where no terminal says its own. */
const FOLDED_WIDTH = 100;

/**
 * A table as several ones, each with the first column and as many of the others as fit into the width of the terminal:
 * nothing is left out.
 */
export function foldTable(
  { head, rows }: TextTable,
  { width = FOLDED_WIDTH }: Pick<Terminal, 'width'>,
): readonly TextTable[] {
  const widthOf = (at: number): number =>
    [head, ...rows].reduce((most, cells) => Math.max(most, cellText(cells[at] ?? '').length), 0);
  const parts: number[][] = [[]];
  let used = widthOf(0);
  for (let at = 1; at < head.length; at++) {
    const needed = GAP + widthOf(at);
    if (used + needed > width && used > widthOf(0)) {
      parts.push([]);
      used = widthOf(0);
    }
    parts.at(-1)?.push(at);
    used += needed;
  }
  const part = (cells: readonly string[], chosen: readonly number[]): readonly string[] =>
    [0, ...chosen].map((at) => cells[at] ?? '');
  return parts.map((chosen) => ({
    head: part(head, chosen),
    rows: rows.map((cells) => part(cells, chosen)),
  }));
}

/** A table of texts, folded to the width of the terminal. */
export function foldedText(table: TextTable, terminal: Pick<Terminal, 'width' | 'colour'>): string {
  return foldTable(table, terminal)
    .map(({ head, rows }) =>
      formatTable(
        head.map(left),
        rows.map((cells) => ({ cells })),
        terminal,
      ),
    )
    .join('\n\n');
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
    const needed = kept.reduce((sum, column) => sum + widthOf(column) + GAP, -GAP);
    if (needed <= width) break;
    kept = kept.filter((column) => column.id !== id);
  }
  return kept;
}
