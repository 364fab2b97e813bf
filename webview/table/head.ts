import { element, icon, setAttribute } from '../dom';
import { explanation, labelText, type Column } from './column';
import { HeadTip, type Explain } from './headTip';
import type { ColumnLayout } from './layout';
import type { Sort } from './rows';

interface Head {
  readonly id: string;
  readonly cell: HTMLElement;
  readonly button: HTMLElement;
}

/** Column heads that sort. Tab reaches one of them, arrow keys the others. */
export class TableHead<M> {
  readonly element = element('div', { class: 'table-row table-head', role: 'row', 'aria-rowindex': 1 });
  readonly #onSort: (column: Column<M>) => void;
  readonly #tip: HeadTip;
  #heads: Head[] = [];
  #current = 0;

  constructor(onSort: (column: Column<M>) => void, explain?: Explain) {
    this.#onSort = onSort;
    this.#tip = new HeadTip(explain);
    this.element.addEventListener('keydown', (event) => this.#onKey(event));
  }

  /** The head that Tab reaches, and the focus, stay while their column is shown. */
  setColumns(layout: ColumnLayout<M>): void {
    const before = this.#heads[this.#current]?.id;
    const focused = this.element.contains(document.activeElement);
    this.#heads = [];
    this.#tip.hide();
    const cells = layout.shown.map((column) => {
      const cell = element('div', {
        class: `table-cell ${column.align === 'end' ? 'number ' : ''}${column.class ?? ''}`,
        role: 'columnheader',
        'aria-colindex': layout.placeOf(column),
      });
      const label = labelText(column.label);
      if (column.value === undefined) cell.append(element('span', { class: 'visually-hidden' }, label));
      else cell.append(this.#button(column, cell, label));
      return cell;
    });
    this.element.replaceChildren(...cells);
    this.#moveTo(
      Math.max(
        0,
        this.#heads.findIndex(({ id }) => id === before),
      ),
    );
    if (focused) this.#heads[this.#current]?.button.focus();
  }

  #button(column: Column<M>, cell: HTMLElement, label: string): HTMLElement {
    const content = [element('span', {}, label), icon('up'), icon('down')];
    const button = element('button', { class: 'head-button', type: 'button' }, ...content);
    this.#tip.attach(button, explanation(column), column.term);
    const place = this.#heads.push({ id: column.id, cell, button }) - 1;
    button.addEventListener('click', () => this.#onSort(column));
    button.addEventListener('focus', () => this.#moveTo(place));
    return button;
  }

  update({ column, descending }: Sort, isRanked: (id: string) => boolean): void {
    for (const { id, cell } of this.#heads) {
      setAttribute(cell, 'aria-sort', id !== column ? 'none' : descending ? 'descending' : 'ascending');
      cell.classList.toggle('ranked', isRanked(id));
    }
  }

  #moveTo(place: number): void {
    this.#current = place;
    this.#heads.forEach(({ button }, other) => setAttribute(button, 'tabindex', other === place ? 0 : -1));
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
