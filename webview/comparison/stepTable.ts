import { visibleText } from '../../src/core/report/escape';
import { element } from '../dom';
import { trueMinus } from '../model/scoreText';
import { STRINGS, text } from '../strings';
import type { Column } from '../table/column';
import { copying } from '../table/copying';
import { sortRows, type Sort } from '../table/rows';
import { RowMarks } from '../table/rowMarks';
import { HEAD_HEIGHT, ROW_HEIGHT, Table } from '../table/table';
import { ContextMenu } from '../view/menu';
import type { ComparisonModel } from './model';

type StepColumn = Column<ComparisonModel>;

/** Longer lists scroll. */
const MAX_ROWS = 8;
const ORDER: Sort = { column: 'step', descending: false };

/** The numbers of the lines: one row for each adapter. */
export class StepTable {
  readonly element: HTMLElement;
  readonly #model: ComparisonModel;
  readonly #table: Table<ComparisonModel>;
  readonly #marks = new RowMarks();
  #sort = ORDER;
  #rows: readonly number[] = [];

  /** @param onOpen opens the adapter of a step */
  constructor(model: ComparisonModel, onOpen: (adapter: number) => void) {
    this.#model = model;
    this.#table = new Table({
      model,
      id: 'step',
      label: text('stepTableLabel'),
      multiselectable: true,
      active: () => this.#marks.active,
      isSelected: (index) => this.#marks.chosen.has(index),
      onSort: ({ id, largestFirst = false }) => {
        const { column, descending } = this.#sort;
        this.#sort = { column: id, descending: column === id ? !descending : largestFirst };
        this.update();
      },
      onChoose: (index, how) => {
        this.#marks.choose(index, how, this.#rows);
        model.setCurrent(index);
      },
      onOpen,
    });
    const copies = copying(this.#table.element, () => ({
      model,
      columns: this.#columns,
      rows: this.#marks.inOrder(this.#rows),
    }));
    const menu = new ContextMenu(this.#table.element, text('rowMenu'), copies, (event) => {
      const index = this.#table.indexAt(event.target);
      if (index !== undefined && !this.#marks.chosen.has(index))
        this.#marks.choose(index, 'only', this.#rows);
      return this.#marks.active !== -1;
    });
    this.element = element(
      'section',
      { class: 'step-table', 'aria-label': text('stepTableHeading') },
      this.#table.element,
      menu.element,
    );
  }

  update(): void {
    const { adapters } = this.#model.content;
    const columns = this.#columns;
    const sorted = columns.find(({ id }) => id === this.#sort.column);
    this.#rows = sortRows([...adapters.keys()], this.#model, sorted, this.#sort.descending);
    const shown = Math.min(MAX_ROWS, adapters.length);
    // The scroll bar below, too.
    this.#table.element.style.height = `${String(HEAD_HEIGHT + shown * ROW_HEIGHT + 14)}px`;
    this.#table.show(columns, this.#rows, this.#sort);
  }

  get #columns(): readonly StepColumn[] {
    const lines = this.#model.content.run?.lines ?? [];
    return [
      STEP,
      ...lines.map(({ short, label }, at): StepColumn => ({
        id: `line-${String(at)}`,
        label: { name: short },
        title: [{ name: label }],
        width: 70,
        align: 'end',
        cell: ({ content }, index) => trueMinus(content.run?.lines[at]?.texts[index] ?? '–'),
        value: ({ content }, index) => content.run?.lines[at]?.values[index] ?? null,
        largestFirst: true,
      })),
    ];
  }
}

const STEP: StepColumn = {
  id: 'step',
  label: STRINGS.columnStep,
  width: 110,
  least: 70,
  class: 'name-cell',
  cell: ({ content }, index) => visibleText(content.adapters[index]?.head ?? ''),
  tip: ({ content }, index) => visibleText(content.adapters[index]?.label ?? ''),
  value: (_model, index) => index,
};
