import { visibleText } from '../../src/core/report/escape';
import type { ModuleVerdict, Verdict } from '../../src/core/selection/types';
import { element, icon, setAttribute, setClass, setText } from '../dom';
import { moduleTip } from '../model/cell';
import type { PageModel } from '../model/page';
import { isPinned, isPruned } from '../model/rows';
import { text } from '../strings';
import type { TableColumns } from './tableColumns';

/** Longer beginnings than this are not worth a look of their own. */
const TAIL_KEEPS = 1000;

/** One row of the table, used for one module after another while the table scrolls. */
export class TableRow {
  readonly element = element('div', { attributes: { role: 'row' } });
  /** Index of the module shown, or -1. */
  index = -1;
  readonly #prefix = element('span', { class: 'name-prefix' });
  /** The name after the prefix up to its last dot, and the rest: the type of the module is the last to be cut. */
  readonly #middle = element('span', { class: 'name-middle' });
  readonly #leaf = element('span', { class: 'name-leaf' });
  readonly #name: HTMLElement;
  readonly #cells: HTMLElement[] = [];
  readonly #keep: HTMLElement;
  readonly #prune: HTMLElement;
  readonly #mark = element('span', { class: 'mark' });

  /** @param onPin pins the module, or with null takes its pin back */
  constructor(columns: TableColumns, onPin: (index: number, verdict: Verdict | null) => void) {
    this.#name = element('div', {
      class: 'table-cell name-cell',
      attributes: { role: 'gridcell', 'aria-colindex': '1' },
      children: [this.#mark, this.#prefix, this.#middle, this.#leaf],
    });
    for (const column of columns.shown) {
      const { align, id } = column;
      const made = element('div', {
        class: `table-cell ${align === 'end' ? 'number' : ''} column-${id}`,
        attributes: { role: 'gridcell', 'aria-colindex': String(columns.placeOf(column)) },
      });
      this.#cells.push(made);
    }
    const pinButton = (verdict: Verdict): HTMLElement => {
      const made = element('button', {
        class: 'pin-button',
        attributes: { type: 'button', tabindex: '-1' },
        children: [icon(verdict)],
      });
      made.addEventListener('click', (event) => {
        event.stopPropagation();
        onPin(this.index, made.getAttribute('aria-pressed') === 'true' ? null : verdict);
      });
      return made;
    };
    this.#keep = pinButton('keep');
    this.#prune = pinButton('prune');
    const pins = element('div', {
      class: 'table-cell pin-cell',
      attributes: { role: 'gridcell', 'aria-colindex': String(columns.count) },
      children: [this.#keep, this.#prune],
    });
    this.element.append(this.#name, ...this.#cells, pins);
  }

  /** @param place in the list, from 0 */
  update(model: PageModel, columns: TableColumns, place: number, index: number, prefix: string): void {
    this.index = index;
    const { table } = model;
    const verdict = model.verdicts[index];
    const name = table.names[index] ?? '';
    const head = name.startsWith(prefix) && name.length > prefix.length ? prefix : '';
    setText(this.#prefix, visibleText(head));
    const leafAt = Math.max(head.length, name.lastIndexOf('.') + 1);
    setText(this.#middle, visibleText(name.slice(head.length, leafAt), TAIL_KEEPS));
    setText(this.#leaf, visibleText(name.slice(leafAt), TAIL_KEEPS));
    const more = columns.left.map(({ label, cell }) => `${label} ${cell(model, index)}`);
    const tip = [moduleTip(table, index), ...(more.length > 0 ? [more.join(' · ')] : [])];
    setAttribute(this.#name, 'title', tip.join('\n'));
    columns.shown.forEach((column, at) => {
      const cell = this.#cells[at];
      if (cell !== undefined) setText(cell, column.cell(model, index));
    });
    const status = table.status[index] ?? 'measured';
    const classes = [
      'table-row',
      isPruned(verdict) && 'pruned',
      isPinned(verdict) && 'pinned',
      status !== 'scored' && status !== 'measured' && 'unscored',
      model.active === index && 'active',
    ];
    setClass(this.element, classes.filter(Boolean).join(' '));
    setAttribute(this.element, 'id', `module-${String(index)}`);
    setAttribute(this.element, 'aria-rowindex', String(place + 2));
    setAttribute(this.element, 'aria-selected', String(model.chosen.has(index)));
    this.#updatePins(model, verdict, visibleText(name));
  }

  #updatePins(model: PageModel, verdict: ModuleVerdict | undefined, name: string): void {
    setAttribute(this.#keep, 'aria-label', text('pinKeepOne', name));
    setAttribute(this.#prune, 'aria-label', text('pinPruneOne', name));
    setAttribute(this.#keep, 'title', text('pinKeep'));
    setAttribute(this.#prune, 'title', text('pinPrune'));
    setAttribute(this.#keep, 'aria-pressed', String(isPinned(verdict) && !isPruned(verdict)));
    setAttribute(this.#prune, 'aria-pressed', String(isPinned(verdict) && isPruned(verdict)));
    setAttribute(this.#keep, 'disabled', model.isLive ? '' : null);
    setAttribute(this.#prune, 'disabled', model.isLive ? '' : null);
  }
}
