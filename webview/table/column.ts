import { termInfo, type TermId } from '../../src/core/report/terms';
import { translated, type EnglishText } from '../strings';

/** A text of `STRINGS` or of a score, translated where it is shown; or a name, which is shown as it is. */
export type ColumnLabel = EnglishText | { readonly name: string };

export function labelText(label: ColumnLabel): string {
  return typeof label === 'string' ? translated(label) : label.name;
}

/** What the head of a column says about it. */
export function explanation<M>({ label, title, term }: Pick<Column<M>, 'label' | 'title' | 'term'>): string {
  if (term === undefined) return (title ?? [label]).map(labelText).join(': ');
  const info = termInfo(term);
  return `${translated(info.title)}: ${translated(info.description)}`;
}

/** One column of a table over rows of a model `M`. A row is named by its index in the model. */
export interface Column<M> {
  readonly id: string;
  readonly label: ColumnLabel;
  /** What the head says about the column, in parts, if no term does. */
  readonly title?: readonly ColumnLabel[];
  /** What the column shows. */
  readonly term?: TermId;
  /** Minimum px at a font of 13 px; wider if the head or `widest` needs it. */
  readonly width: number;
  /** For the first column, which takes the remaining space: how far it may shrink. */
  readonly least?: number;
  readonly align?: 'end';
  readonly class?: string;
  /** Texts that must fit without an ellipsis. */
  readonly widest?: () => readonly string[];
  /** If space is short, columns are hidden from the highest down; 0 is never hidden. */
  readonly leaves?: number;
  readonly cell: (model: M, index: number) => string;
  readonly tip?: (model: M, index: number) => string;
  /** The sort key; null sorts last. A column without it has no sort button. */
  readonly value?: (model: M, index: number) => number | string | null;
  /** The first click sorts descending. */
  readonly largestFirst?: boolean;
}

/**
 * The columns that fit side by side, in their order. A column is hidden once a more important one did not fit, so more
 * room only ever adds columns.
 */
export function fitting<T extends Pick<Column<never>, 'width' | 'leaves'>>(
  columns: readonly T[],
  room: number,
): readonly T[] {
  const order = ({ leaves = 0 }: T): number => leaves;
  const shown = new Set<T>();
  let left = room;
  for (const column of columns.toSorted((x, y) => order(x) - order(y))) {
    left -= column.width;
    if (left < 0 && order(column) !== 0) break;
    shown.add(column);
  }
  return columns.filter((column) => shown.has(column));
}
