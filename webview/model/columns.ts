import { visibleText } from '../../src/core/report/escape';
import { COMPANION_SCORES, formatBytes, SCORE_NAMES, scoreInfo } from '../../src/core/report/scores';
import type { ScoreName } from '../../src/core/ediem/types';
import type { ModuleVerdict } from '../../src/core/selection/types';
import { moduleTip, verdictText, verdictTexts } from './moduleText';
import type { ListedModules } from './rows';
import { cellText, columnDecimals } from './scoreText';
import { STRINGS, text } from '../strings';
import type { Column } from '../table/column';

type ModuleColumn = Column<ListedModules>;

/** Scores shown beside any ranking; the one that ranks is added. */
const BESIDE = [...COMPANION_SCORES, 'vNorm'] as const;
const OTHERS = SCORE_NAMES.filter((name) => !BESIDE.some((one) => one === name));

/** `leaves` of the column that is sorted by, if it can be hidden at all: it is hidden last. */
const SORTED_LEAVES = 1;
const SCORE_LEAVES: Readonly<Record<(typeof BESIDE)[number], number>> = {
  ediemIqr: 3,
  updateNorm: 4,
  reversal: 5,
  cosine: 6,
  retained: 7,
  relativeDistance: 8,
  distance: 10,
  vNorm: 12,
};

/** Reasons are longer than names may be shown. */
const MAX_REASON = 1000;

/** Every column there may be, in order. To add one, add an entry; `leaves` from 2 on, or none for one that stays. */
export const MODULE_COLUMNS: readonly ModuleColumn[] = [
  {
    id: 'module',
    label: STRINGS.columnModule,
    width: 208,
    least: 44,
    class: 'name-cell',
    cell: ({ table }, index) => visibleText(table.names[index] ?? ''),
    tip: ({ table }, index) => `${moduleTip(table, index)}\n${text('tipKeys')}`,
    value: (_model, index) => index,
  },
  {
    id: 'position',
    label: STRINGS.columnPosition,
    term: 'position',
    width: 46,
    align: 'end',
    cell: ({ verdicts }, index) => String(verdicts[index]?.rankPosition ?? '–'),
    // Replaced weights have no rank and come first, where users see them.
    value: ({ verdicts, table }, index) =>
      verdicts[index]?.rankPosition ?? (table.replaced[index] === true ? 0 : null),
  },
  {
    id: 'evidence',
    label: STRINGS.columnEvidence,
    term: 'standsOut',
    width: 98,
    leaves: 2,
    cell: ({ table }, index) => ((table.standsOut[index] ?? null) === null ? '' : text('standsOut')),
    tip: ({ table }, index) => visibleText(table.standsOut[index] ?? '', MAX_REASON),
    value: ({ table }, index) => ((table.standsOut[index] ?? null) === null ? 1 : 0),
  },
  {
    id: 'verdict',
    label: STRINGS.columnVerdict,
    term: 'selection',
    width: 102,
    widest: verdictTexts,
    cell: ({ verdicts, table }, index) => verdictText(verdicts[index], table, index),
    value: ({ verdicts }, index) => verdictOrder(verdicts[index]),
  },
  // Shown only while they rank, and then they stay.
  ...OTHERS.map((name) => scoreColumn(name, 0)),
  ...BESIDE.map((name) => scoreColumn(name, SCORE_LEAVES[name])),
  {
    id: 'rank',
    label: STRINGS.columnRank,
    term: 'rank',
    width: 34,
    leaves: 11,
    align: 'end',
    cell: ({ table }, index) => (table.replaced[index] === true ? '–' : String(table.ranks[index] ?? '')),
    value: ({ table }, index) => table.ranks[index] ?? null,
    largestFirst: true,
  },
  {
    id: 'bytes',
    label: STRINGS.columnSize,
    term: 'size',
    width: 70,
    leaves: 9,
    align: 'end',
    cell: ({ table }, index) => {
      const bytes = table.bytes[index] ?? null;
      return bytes === null ? '–' : formatBytes(bytes);
    },
    value: ({ table }, index) => table.bytes[index] ?? null,
    largestFirst: true,
  },
  { id: 'pins', label: STRINGS.columnPins, width: 54, class: 'pin-cell', cell: () => '' },
];

/** Columns that the user may hide: all that leave where room is short. */
export const HIDEABLE_COLUMNS: readonly ModuleColumn[] = MODULE_COLUMNS.filter(
  ({ leaves = 0 }) => leaves > 0,
);

/**
 * The columns of a table ranked by one score and sorted by one column, which is hidden last.
 * @param hidden ids of those that the user hid; the score that ranks stays
 */
export function moduleColumns(
  rankBy: ScoreName,
  sortedBy: string,
  hidden: readonly string[] = [],
): readonly ModuleColumn[] {
  const isOther = (id: string): boolean => OTHERS.some((name) => name === id) || hidden.includes(id);
  const columns = MODULE_COLUMNS.filter(({ id }) => id === rankBy || !isOther(id));
  return columns.map((column) => {
    const { id, leaves = 0 } = column;
    if (id === rankBy) return { ...column, leaves: 0 };
    return id === sortedBy && leaves > 0 ? { ...column, leaves: SORTED_LEAVES } : column;
  });
}

function scoreColumn(name: ScoreName, leaves: number): ModuleColumn {
  const { short } = scoreInfo[name];
  let of: readonly (number | null)[] | undefined;
  let counted = 0;
  let decimals: number | null = null;
  return {
    id: name,
    label: short,
    term: name,
    width: 80,
    leaves,
    align: 'end',
    cell: ({ table }, index) => {
      const values = table.scores[name];
      const value = values[index] ?? null;
      if (values !== of || values.length !== counted) {
        of = values;
        counted = values.length;
        decimals = columnDecimals(name, values);
      }
      return value === null ? '–' : cellText(name, value, decimals);
    },
    value: ({ table }, index) => table.scores[name][index] ?? null,
    largestFirst: true,
  };
}

/** Selected modules first, those without a score last. */
function verdictOrder(verdict: ModuleVerdict | undefined): number {
  if (verdict === undefined || verdict.by === 'unscored') return 4;
  if (verdict.verdict === 'prune') return verdict.by === 'pin' ? 0 : 1;
  return verdict.by === 'pin' ? 3 : 2;
}
