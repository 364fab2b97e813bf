import type { ScoreName } from '../ediem/types';
import type { ModuleVerdict } from '../selection/types';
import type { AnalysisDocument } from './analysis';
import { visibleText } from './escape';
import { tableColumns, tableRows, type TableColumn, type TableRow } from './table';

/** The place of a module in the listing. */
export interface ListedModule {
  readonly module: string;
  /** Counted from 0. */
  readonly line: number;
  /** UTF-16 offsets of the name in its line, end exclusive. */
  readonly start: number;
  readonly end: number;
}

/** The layer listing: text for users, and the place of each module in it. */
export interface LayerListing {
  readonly text: string;
  /** In the order of the lines, which is the order of the document: layer 2 before layer 10. */
  readonly modules: readonly ListedModule[];
}

const GAP = '  ';

/**
 * One line for each module, in aligned columns, below the given head lines (marked with `#`).
 * @param translate English column label -> label in the language of the window
 */
export function listLayers(
  document: AnalysisDocument,
  verdicts: readonly ModuleVerdict[],
  rankBy: ScoreName,
  head: readonly string[],
  translate: (label: string) => string = (label) => label,
): LayerListing {
  const rows = inDocumentOrder(document, tableRows(document, verdicts));
  const columns = inReach(tableColumns(rankBy)).map((column) =>
    layOut(column, rows, translate(column.label)),
  );
  const lines = head.map((line) => `# ${visibleText(line, MAX_HEAD)}`.trimEnd());
  lines.push(
    '',
    joined(columns, ({ title }) => title),
  );
  const modules = rows.map(({ result: { module } }, at): ListedModule => {
    const line = lines.push(joined(columns, ({ cells }) => cells[at] ?? '')) - 1;
    return { module, line, ...placeOfName(columns, at) };
  });
  return { text: `${lines.join('\n')}\n`, modules };
}

/** Head lines hold paths; longer ones are cut. */
const MAX_HEAD = 1000;

interface LaidOut {
  readonly id: string;
  readonly align: TableColumn['align'];
  readonly title: string;
  readonly cells: readonly string[];
  readonly width: number;
}

function layOut(column: TableColumn, rows: readonly TableRow[], title: string): LaidOut {
  const cells = rows.map((row) => visibleText(column.text(row)));
  const width = cells.reduce((widest, cell) => Math.max(widest, cell.length), title.length);
  return { id: column.id, align: column.align, title, cells, width };
}

/** What stands out and is selected comes next to the name: the end of a line is out of sight in a narrow editor. */
function inReach(columns: readonly TableColumn[]): readonly TableColumn[] {
  const isNear = ({ id }: TableColumn): boolean => id === 'evidence' || id === 'verdict';
  const near = columns.filter(isNear);
  const others = columns.filter((column) => !isNear(column));
  const at = others.findIndex(({ id }) => id === 'module') + 1;
  return others.toSpliced(at, 0, ...near);
}

function inDocumentOrder(document: AnalysisDocument, rows: readonly TableRow[]): readonly TableRow[] {
  const byModule = new Map(rows.map((row) => [row.result.module, row]));
  return document.modules.flatMap(({ module }) => byModule.get(module) ?? []);
}

function joined(columns: readonly LaidOut[], cell: (column: LaidOut) => string): string {
  const padded = columns.map((column) =>
    column.align === 'right' ? cell(column).padStart(column.width) : cell(column).padEnd(column.width),
  );
  return padded.join(GAP).trimEnd();
}

function placeOfName(
  columns: readonly LaidOut[],
  at: number,
): { readonly start: number; readonly end: number } {
  let start = 0;
  for (const { id, width, cells } of columns) {
    if (id === 'module') return { start, end: start + (cells[at] ?? '').length };
    start += width + GAP.length;
  }
  return { start: 0, end: 0 };
}
