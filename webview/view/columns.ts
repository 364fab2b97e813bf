import { COMPANION_SCORES, formatBytes, formatScore, scoreInfo } from '../../src/core/report/scores';
import type { ScoreName } from '../../src/core/ediem/types';
import { verdictText } from '../model/cell';
import type { PageModel } from '../model/page';
import { verdictOf, type ColumnId } from '../model/rows';
import { text, translated } from '../strings';

/** One column of the table besides the module's name. */
export interface Column {
  readonly id: ColumnId;
  readonly label: string;
  /** What the head says when asked. */
  readonly title: string;
  /** Px at a font of 13 px; the style sheet scales it. */
  readonly width: number;
  readonly align: 'start' | 'end';
  /** Text for the module at `index`. */
  readonly cell: (model: PageModel, index: number) => string;
}

/** Scores that stand beside any ranking; the one that is ranked by joins them if it is none of these. */
const BESIDE: readonly ScoreName[] = [...COMPANION_SCORES, 'vNorm'];

export function columnsFor(rankBy: ScoreName): readonly Column[] {
  const scores = BESIDE.includes(rankBy) ? BESIDE : [rankBy, ...BESIDE];
  return [
    {
      id: 'position',
      label: text('columnPosition'),
      title: text('columnPositionLong'),
      width: 46,
      align: 'end',
      cell: (model, index) => String((model.isLive ? null : model.selection?.positions[index]) ?? '–'),
    },
    {
      id: 'verdict',
      label: text('columnVerdict'),
      title: text('columnVerdict'),
      width: 102,
      align: 'start',
      cell: (model, index) =>
        verdictText(
          verdictOf(model.isLive ? null : model.selection, index),
          model.table.status[index] ?? 'measured',
        ),
    },
    ...scores.map(scoreColumn),
    {
      id: 'rank',
      label: text('columnRank'),
      title: text('columnRankLong'),
      width: 34,
      align: 'end',
      cell: (model, index) => String(model.table.ranks[index] ?? ''),
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

function scoreColumn(name: ScoreName): Column {
  const { label, short, description } = scoreInfo[name];
  return {
    id: name,
    label: translated(short),
    title: `${translated(label)}: ${translated(description)}`,
    width: 80,
    align: 'end',
    cell: (model, index) => {
      const value = model.table.scores[name][index] ?? null;
      return value === null ? '–' : formatScore(name, value);
    },
  };
}
