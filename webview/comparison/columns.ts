import { visibleText } from '../../src/core/report/escape';
import { formatSignificant, scoreInfo } from '../../src/core/report/scores';
import type { ComparedMeasure, ComparisonContent } from '../../src/protocol/comparison';
import { cellText, columnDecimals, trueMinus } from '../model/scoreText';
import { STRINGS, text } from '../strings';
import type { Column } from '../table/column';
import type { ComparisonModel } from './model';

type ModuleColumn = Column<ComparisonModel>;

const NUMBER_WIDTH = 84;
const COSINE_DECIMALS = 3;

/** The name, the measure in each adapter, and of two adapters how they differ. To add a column, add an entry. */
export function comparisonColumns(
  { adapters, pair }: ComparisonContent,
  measure: ComparedMeasure | undefined,
): readonly ModuleColumn[] {
  return [
    NAME,
    ...(pair === null ? [] : [STATUS]),
    ...(measure === undefined ? [] : measured(adapters, measure)),
    ...(measure === undefined || pair === null ? [] : [changeColumn(measure)]),
    ...(pair === null ? [] : [DIFFERENCE, COSINE]),
  ];
}

const NAME: ModuleColumn = {
  id: 'module',
  label: STRINGS.columnModule,
  width: 208,
  // A name without its prefix.
  least: 132,
  class: 'name-cell',
  cell: ({ content }, index) => visibleText(content.modules[index] ?? ''),
  tip: ({ content }, index) => `${visibleText(content.modules[index] ?? '')}\n${text('compareKeys')}`,
  value: (_model, index) => index,
};

const STATUS: ModuleColumn = {
  id: 'status',
  label: STRINGS.columnStatus,
  title: [STRINGS.columnStatusLong],
  width: 96,
  leaves: 3,
  cell: ({ content }, index) => content.pair?.status[index] ?? '',
  tip: ({ content }, index) => content.pair?.status[index] ?? '',
  value: ({ content }, index) => content.pair?.status[index] ?? null,
};

/** A column for each adapter. Where room is short, the first ones leave first. */
function measured(
  adapters: ComparisonContent['adapters'],
  { score, values }: ComparedMeasure,
): readonly ModuleColumn[] {
  const decimals = columnDecimals(score, values);
  const { label, description } = scoreInfo[score];
  return adapters.map(({ head, label: adapter }, place) => ({
    id: `adapter-${String(place)}`,
    label: { name: visibleText(head) },
    title: [{ name: visibleText(adapter) }, label, description],
    width: NUMBER_WIDTH,
    // The last two are what users compare first.
    leaves: place < adapters.length - 2 ? FIRST_LEAVES - place / adapters.length : 0,
    align: 'end',
    cell: (model, index) => {
      const value = model.valueOf(place, index);
      return value === null ? '–' : cellText(score, value, decimals);
    },
    value: (model, index) => model.valueOf(place, index),
    largestFirst: true,
  }));
}

const FIRST_LEAVES = 9;

function changeColumn({ score, values }: ComparedMeasure): ModuleColumn {
  const decimals = columnDecimals(score, values);
  return {
    id: 'change',
    label: STRINGS.columnChange,
    title: [STRINGS.columnChangeLong],
    width: NUMBER_WIDTH,
    leaves: 2,
    align: 'end',
    cell: (model, index) => {
      const value = model.changeOf(index);
      if (value === null) return '–';
      const shown = cellText(score, value, decimals);
      return value > 0 ? `+${shown}` : shown;
    },
    value: (model, index) => model.changeOf(index),
    largestFirst: true,
  };
}

const DIFFERENCE: ModuleColumn = {
  id: 'difference',
  label: STRINGS.columnDifference,
  title: [STRINGS.columnDifferenceLong],
  width: NUMBER_WIDTH,
  leaves: 1,
  align: 'end',
  cell: ({ content }, index) => {
    const value = content.pair?.difference[index] ?? null;
    return value === null ? '–' : trueMinus(formatSignificant(value));
  },
  value: ({ content }, index) => content.pair?.difference[index] ?? null,
  largestFirst: true,
};

const COSINE: ModuleColumn = {
  id: 'cosine',
  label: STRINGS.columnPairCosine,
  title: [STRINGS.columnPairCosineLong],
  width: 70,
  leaves: 4,
  align: 'end',
  cell: ({ content }, index) => {
    const value = content.pair?.cosine[index] ?? null;
    return value === null ? '–' : trueMinus(value.toFixed(COSINE_DECIMALS));
  },
  value: ({ content }, index) => content.pair?.cosine[index] ?? null,
};
