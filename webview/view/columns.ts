import { visibleText } from '../../src/core/report/escape';
import { COMPANION_SCORES, formatBytes, SCORE_NAMES, scoreInfo } from '../../src/core/report/scores';
import type { ScoreName } from '../../src/core/ediem/types';
import type { ModuleVerdict, Verdict } from '../../src/core/selection/types';
import { element, icon, setAttribute, setText } from '../dom';
import { moduleTip, verdictText, verdictTexts } from '../model/cell';
import type { PageModel } from '../model/page';
import { isPinned, isPruned } from '../model/rows';
import { cellText, columnDecimals } from '../model/scoreText';
import { STRINGS, text } from '../strings';
import type { Column } from '../table/columns';

type ModuleColumn = Column<PageModel>;

/** Longer module names are cut off. */
const MAX_NAME = 1000;

/** Scores shown beside any ranking; the one that ranks is added. */
const BESIDE: readonly ScoreName[] = [...COMPANION_SCORES, 'vNorm'];
const OTHERS = SCORE_NAMES.filter((name) => !BESIDE.includes(name));

/** If space is short, columns are hidden from the last of these to the first. */
const HIDEABLE: readonly string[] = [
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

/** Every column there may be, in order. To add one, add an entry. */
export const MODULE_COLUMNS: readonly ModuleColumn[] = [
  {
    id: 'module',
    label: STRINGS.columnModule,
    width: 208,
    least: 44,
    class: 'name-cell',
    cell: ({ table }, index) => visibleText(table.names[index] ?? ''),
    tip: ({ table }, index) => moduleTip(table, index),
    build: buildName,
    value: (_model, index) => index,
  },
  {
    id: 'position',
    label: STRINGS.columnPosition,
    title: [STRINGS.columnPositionLong],
    width: 46,
    align: 'end',
    cell: ({ verdicts }, index) => String(verdicts[index]?.rankPosition ?? '–'),
    // Replaced weights have no rank and come first, where users see them.
    value: ({ verdicts, table }, index) =>
      verdicts[index]?.rankPosition ?? (table.replaced[index] === true ? 0 : null),
  },
  {
    id: 'verdict',
    label: STRINGS.columnVerdict,
    width: 102,
    widest: verdictTexts,
    cell: ({ verdicts, table }, index) => verdictText(verdicts[index], table, index),
    value: ({ verdicts }, index) => verdictOrder(verdicts[index]),
  },
  ...[...OTHERS, ...BESIDE].map(scoreColumn),
  {
    id: 'rank',
    label: STRINGS.columnRank,
    title: [STRINGS.columnRankLong],
    width: 34,
    align: 'end',
    cell: ({ table }, index) => (table.replaced[index] === true ? '–' : String(table.ranks[index] ?? '')),
    value: ({ table }, index) => table.ranks[index] ?? null,
    largestFirst: true,
  },
  {
    id: 'bytes',
    label: STRINGS.columnSize,
    title: [STRINGS.columnBytesLong],
    width: 70,
    align: 'end',
    cell: ({ table }, index) => {
      const bytes = table.bytes[index] ?? null;
      return bytes === null ? '–' : formatBytes(bytes);
    },
    value: ({ table }, index) => table.bytes[index] ?? null,
    largestFirst: true,
  },
  { id: 'pins', label: STRINGS.columnPins, width: 54, class: 'pin-cell', cell: () => '', build: buildPins },
];

/** The columns of a table ranked by one score and sorted by one column, which is hidden last. */
export function moduleColumns(rankBy: ScoreName, sortedBy: string): readonly ModuleColumn[] {
  const leaves = (id: string): number =>
    id === rankBy || !HIDEABLE.includes(id) ? 0 : id === sortedBy ? 1 : HIDEABLE.indexOf(id) + 2;
  const columns = MODULE_COLUMNS.filter(({ id }) => id === rankBy || !OTHERS.some((name) => name === id));
  return columns.map((column) => ({ ...column, leaves: leaves(column.id) }));
}

function scoreColumn(name: ScoreName): ModuleColumn {
  const { label, short, description } = scoreInfo[name];
  let of: readonly (number | null)[] | undefined;
  let counted = 0;
  let decimals: number | null = null;
  return {
    id: name,
    label: short,
    title: [label, description],
    width: 80,
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

/** Pruned modules first, those without a score last. */
function verdictOrder(verdict: ModuleVerdict | undefined): number {
  if (verdict === undefined || verdict.by === 'unscored') return 4;
  if (verdict.verdict === 'prune') return verdict.by === 'pin' ? 0 : 1;
  return verdict.by === 'pin' ? 3 : 2;
}

/** A name in three parts: the shared prefix is cut off first, the module's type last. */
function buildName(cell: HTMLElement): (model: PageModel, index: number) => void {
  const prefix = element('span', { class: 'name-prefix' });
  const middle = element('span', { class: 'name-middle' });
  const leaf = element('span', { class: 'name-leaf' });
  cell.append(element('span', { class: 'mark' }), prefix, middle, leaf);
  return (model, index) => {
    const name = model.table.names[index] ?? '';
    const shared = model.namePrefix;
    const head = name.startsWith(shared) && name.length > shared.length ? shared : '';
    const leafAt = Math.max(head.length, name.lastIndexOf('.') + 1);
    setText(prefix, visibleText(head));
    setText(middle, visibleText(name.slice(head.length, leafAt), MAX_NAME));
    setText(leaf, visibleText(name.slice(leafAt), MAX_NAME));
  };
}

function buildPins(cell: HTMLElement): (model: PageModel, index: number) => void {
  const pins = [pinButton('keep'), pinButton('prune')];
  cell.append(...pins.map(({ button }) => button));
  return (model, index) => pins.forEach(({ update }) => update(model, index));
}

function pinButton(verdict: Verdict): {
  button: HTMLElement;
  update: (model: PageModel, index: number) => void;
} {
  const [label, labelOne] =
    verdict === 'keep' ? (['pinKeep', 'pinKeepOne'] as const) : (['pinPrune', 'pinPruneOne'] as const);
  const button = element(
    'button',
    { class: 'pin-button', type: 'button', tabindex: -1, title: text(label) },
    icon(verdict),
  );
  let toggle = (): void => undefined;
  button.addEventListener('click', (event) => {
    event.stopPropagation();
    toggle();
  });
  return {
    button,
    update: (model, index) => {
      const name = model.table.names[index] ?? '';
      const current = model.verdicts[index];
      const pressed = isPinned(current) && isPruned(current) === (verdict === 'prune');
      toggle = () => model.pin([name], pressed ? null : verdict);
      setAttribute(button, 'aria-label', text(labelOne, visibleText(name)));
      setAttribute(button, 'aria-pressed', String(pressed));
      setAttribute(button, 'disabled', model.isLive ? '' : null);
    },
  };
}
