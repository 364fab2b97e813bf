import { button, disable } from '../controls';
import { element, setAttribute } from '../dom';

interface MenuItem {
  readonly label: string;
  readonly onChoose: () => void;
  /** Makes it an item with a check mark. */
  readonly isChecked?: () => boolean;
}

/** A list of actions. Arrow keys move, Enter chooses, Escape closes; leaving it closes it too. */
class MenuList {
  readonly element: HTMLElement;
  readonly #items: readonly HTMLElement[];
  readonly #checks: readonly (() => void)[];

  /** @param onClose called when the user chose or left; with `true` the focus goes back */
  constructor(
    label: string,
    items: readonly MenuItem[],
    private readonly onClose: (giveBack: boolean) => void,
  ) {
    this.#items = items.map(({ label: text, onChoose, isChecked }) => {
      const role = isChecked === undefined ? 'menuitem' : 'menuitemcheckbox';
      const made = element('div', { class: 'menu-item', role, tabindex: -1 }, text);
      made.addEventListener('click', () => {
        // Of several marks, users set more than one.
        if (isChecked === undefined) this.onClose(true);
        onChoose();
        this.#check();
      });
      return made;
    });
    this.#checks = items.map(({ isChecked }, at) => () => {
      const item = this.#items[at];
      if (isChecked !== undefined && item !== undefined)
        setAttribute(item, 'aria-checked', String(isChecked()));
    });
    const attributes = { class: 'menu', role: 'menu', 'aria-label': label, hidden: true };
    this.element = element('div', attributes, ...this.#items);
    this.element.addEventListener('keydown', (event) => this.#onKey(event));
    this.element.addEventListener('focusout', ({ relatedTarget }) => {
      if (!(relatedTarget instanceof Node && this.element.contains(relatedTarget))) this.onClose(false);
    });
  }

  open(): void {
    this.#check();
    this.element.hidden = false;
    this.#items[0]?.focus();
  }

  #check(): void {
    for (const check of this.#checks) check();
  }

  #onKey(event: KeyboardEvent): void {
    const { key } = event;
    const items = this.#items;
    const at = items.findIndex((item) => item === document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[key];
    if (to !== undefined) items[(to + items.length) % items.length]?.focus();
    else if (key === 'Escape') this.onClose(true);
    else if ((key === 'Enter' || key === ' ') && at !== -1) items[at]?.click();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

/** A button that opens a list of actions. */
export class MenuButton {
  readonly element: HTMLElement;
  readonly #button: ReturnType<typeof button>;
  readonly #list: MenuList;

  constructor(label: string, items: readonly MenuItem[]) {
    this.#button = button({ label, onClick: () => this.#toggle(!this.#isOpen) });
    this.#button.setAttribute('aria-haspopup', 'menu');
    this.#button.setAttribute('aria-expanded', 'false');
    this.#list = new MenuList(label, items, (giveBack) => {
      this.#toggle(false);
      if (giveBack) this.#button.focus();
    });
    this.element = element('div', { class: 'menu-anchor' }, this.#button, this.#list.element);
    this.#button.addEventListener('keydown', (event) => {
      if (event.key !== 'ArrowDown' || this.#isOpen) return;
      event.preventDefault();
      this.#toggle(true);
    });
  }

  /** @param reason why it cannot be pressed now; null: it can */
  disable(reason: string | null): void {
    disable(this.#button, reason);
  }

  get #isOpen(): boolean {
    return !this.#list.element.hasAttribute('hidden');
  }

  #toggle(open: boolean): void {
    this.#button.setAttribute('aria-expanded', String(open));
    if (open) this.#list.open();
    else this.#list.element.hidden = true;
  }
}

/** A list of actions at the pointer, or at what has the focus if a key asks for it. */
export class ContextMenu {
  readonly #list: MenuList;
  readonly #host: HTMLElement;

  /** @param isFor whether there is a menu at this place */
  constructor(
    host: HTMLElement,
    label: string,
    items: readonly MenuItem[],
    isFor: (event: MouseEvent) => boolean,
  ) {
    this.#host = host;
    this.#list = new MenuList(label, items, (giveBack) => {
      this.#list.element.hidden = true;
      if (giveBack) host.focus();
    });
    this.#list.element.classList.add('context-menu');
    host.addEventListener('contextmenu', (event) => {
      if (!isFor(event)) return;
      event.preventDefault();
      this.#openAt(event.clientX, event.clientY);
    });
  }

  get element(): HTMLElement {
    return this.#list.element;
  }

  #openAt(x: number, y: number): void {
    const { element: list } = this.#list;
    list.style.left = '0';
    list.style.top = '0';
    this.#list.open();
    const { width, height } = list.getBoundingClientRect();
    const { left, top } = this.#host.getBoundingClientRect();
    // A key gives no place that is in view.
    const [wantedX, wantedY] = x === 0 && y === 0 ? [left, top] : [x, y];
    list.style.left = `${String(Math.max(0, Math.min(wantedX, innerWidth - width)))}px`;
    list.style.top = `${String(Math.max(0, Math.min(wantedY, innerHeight - height)))}px`;
  }
}
