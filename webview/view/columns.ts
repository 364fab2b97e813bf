import { COMPANION_SCORES, formatBytes, scoreInfo } from '../../src/core/report/scores';
import type { ScoreName } from '../../src/core/ediem/types';
import { verdictText, verdictTexts } from '../model/cell';
import type { Wish } from '../model/fit';
import type { PageModel } from '../model/page';
import type { ColumnId } from '../model/rows';
import { cellText, columnDecimals } from '../model/scoreText';
import { text, translated } from '../strings';

/** One column of the table besides the module's name. */
export interface Column extends Wish {
  readonly id: ColumnId;
  readonly label: string;
  /** What the head says when asked. */
  readonly title: string;
  /** Px at a font of 13 px, at least; more where its head or `widest` need it. */
  readonly width: number;
  readonly align: 'start' | 'end';
  /** Texts that its cells may hold and must have room for, where no number bounds them. */
  readonly widest?: readonly string[];
  /** Text for the module at `index`. */
  readonly cell: (model: PageModel, index: number) => string;
}

/** Scores that stand beside any ranking; the one that is ranked by joins them if it is none of these. */
const BESIDE: readonly ScoreName[] = [...COMPANION_SCORES, 'vNorm'];

/** Where room is short, columns leave from the last of these to the first. */
const STAY: readonly ColumnId[] = [
  'ediemIqr',
  'reversal',
  'cosine',
  'retained',
  'relativeDistance',
  'bytes',
  'updateNorm',
  'distance',
  'rank',
  'vNorm',
];

/**
 * All columns beside the name. Place, verdict and the score that ranks never leave; the column that is sorted by
 * leaves last.
 */
export function columnsFor(rankBy: ScoreName, sortedBy: ColumnId): readonly Column[] {
  const leaves = (id: ColumnId): number =>
    id === rankBy || !STAY.includes(id) ? 0 : id === sortedBy ? 1 : STAY.indexOf(id) + 2;
  return allColumns(rankBy).map((column) => ({ ...column, leaves: leaves(column.id) }));
}

function allColumns(rankBy: ScoreName): readonly Omit<Column, 'leaves'>[] {
  const scores = BESIDE.includes(rankBy) ? BESIDE : [rankBy, ...BESIDE];
  return [
    {
      id: 'position',
      label: text('columnPosition'),
      title: text('columnPositionLong'),
      width: 46,
      align: 'end',
      cell: (model, index) => String(model.verdicts[index]?.rankPosition ?? '–'),
    },
    {
      id: 'verdict',
      label: text('columnVerdict'),
      title: text('columnVerdict'),
      width: 102,
      align: 'start',
      widest: verdictTexts(),
      cell: (model, index) => verdictText(model.verdicts[index], model.table, index),
    },
    ...scores.map(scoreColumn),
    {
      id: 'rank',
      label: text('columnRank'),
      title: text('columnRankLong'),
      width: 34,
      align: 'end',
      cell: ({ table }, index) => (table.replaced[index] === true ? '–' : String(table.ranks[index] ?? '')),
    },
    {
      id: 'bytes',
      label: text('columnBytes'),
      title: text('columnBytesLong'),
      width: 70,
      align: 'end',
      cell: (model, index) => {
        const bytes = model.table.bytes[index] ?? null;
        return bytes === null ? '–' : formatBytes(bytes);
      },
    },
  ];
}

function scoreColumn(name: ScoreName): Omit<Column, 'leaves'> {
  const { label, short, description } = scoreInfo[name];
  let of: readonly (number | null)[] | undefined;
  let counted = 0;
  let decimals: number | null = null;
  return {
    id: name,
    label: translated(short),
    title: `${translated(label)}: ${translated(description)}`,
    width: 80,
    align: 'end',
    cell: (model, index) => {
      const values = model.table.scores[name];
      const value = values[index] ?? null;
      if (values !== of || values.length !== counted) {
        of = values;
        counted = values.length;
        decimals = columnDecimals(name, values);
      }
      return value === null ? '–' : cellText(name, value, decimals);
    },
  };
}
