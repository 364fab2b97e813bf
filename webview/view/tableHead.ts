import { element, icon, setAttribute } from '../dom';
import type { PageModel } from '../model/page';
import type { ColumnId } from '../model/rows';
import { text } from '../strings';
import type { Column } from './columns';
import type { TableColumns } from './tableColumns';

type Head = Pick<Column, 'id' | 'label' | 'title' | 'align'>;

interface HeadParts {
  readonly id: ColumnId;
  readonly cell: HTMLElement;
  readonly button: HTMLElement;
}

/** Column heads that sort. One of them is reached by Tab, the others from there with the arrow keys. */
export class TableHead {
  readonly element = element('div', {
    class: 'table-row table-head',
    attributes: { role: 'row', 'aria-rowindex': '1' },
  });
  readonly #onSort: (column: ColumnId) => void;
  #heads: HeadParts[] = [];
  #current = 0;

  constructor(onSort: (column: ColumnId) => void) {
    this.#onSort = onSort;
    this.element.addEventListener('keydown', (event) => this.#onKey(event));
  }

  /** The head that had the focus, or that Tab reaches, keeps it while its column is shown. */
  setColumns(columns: TableColumns): void {
    const before = this.#heads[this.#current]?.id ?? 'module';
    const focused = this.element.contains(document.activeElement);
    const module: Head = {
      id: 'module',
      label: text('columnModule'),
      title: text('columnModule'),
      align: 'start',
    };
    const heads: readonly Head[] = [module, ...columns.shown];
    this.#current = Math.max(
      0,
      heads.findIndex(({ id }) => id === before),
    );
    this.#heads = heads.map((head, place) => this.#make(head, place));
    setAttribute(this.#heads[0]?.cell ?? this.element, 'aria-colindex', '1');
    columns.shown.forEach((column, place) => {
      const made = this.#heads[place + 1];
      if (made !== undefined) setAttribute(made.cell, 'aria-colindex', String(columns.placeOf(column)));
    });
    const pins = element('div', {
      class: 'table-cell pin-cell',
      attributes: { role: 'columnheader', 'aria-colindex': String(columns.count) },
    });
    pins.append(
      element('span', { class: 'visually-hidden', text: `${text('pinKeep')}, ${text('pinPrune')}` }),
    );
    this.element.replaceChildren(...this.#heads.map(({ cell }) => cell), pins);
    if (focused) this.#heads[this.#current]?.button.focus();
  }

  #make({ id, label, title, align }: Head, place: number): HeadParts {
    const button = element('button', {
      class: 'head-button',
      attributes: { type: 'button', title, tabindex: place === this.#current ? '0' : '-1' },
      children: [element('span', { text: label }), icon('up'), icon('down')],
    });
    button.addEventListener('click', () => this.#onSort(id));
    button.addEventListener('focus', () => this.#moveTo(place));
    const cell = element('div', {
      class: `table-cell ${align === 'end' ? 'number' : ''} ${id === 'module' ? 'name-cell' : ''}`,
      attributes: { role: 'columnheader' },
      children: [button],
    });
    return { id, cell, button };
  }

  update(model: PageModel): void {
    const { column, descending } = model.view.sort;
    for (const { id, cell } of this.#heads) {
      const sorted = id === column ? (descending ? 'descending' : 'ascending') : 'none';
      setAttribute(cell, 'aria-sort', sorted);
      cell.classList.toggle('ranked', !model.isLive && id === model.selection?.rankBy);
    }
  }

  #moveTo(place: number): void {
    this.#current = place;
    this.#heads.forEach(({ button }, other) =>
      setAttribute(button, 'tabindex', other === place ? '0' : '-1'),
    );
  }

  #onKey(event: KeyboardEvent): void {
    const to = {
      ArrowRight: this.#current + 1,
      ArrowLeft: this.#current - 1,
      Home: 0,
      End: this.#heads.length - 1,
    }[event.key];
    const head = to === undefined ? undefined : this.#heads[to];
    if (head === undefined) return;
    event.preventDefault();
    head.button.focus();
  }
}
