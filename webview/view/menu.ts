import { button } from '../controls';
import { element } from '../dom';

export interface MenuItem {
  readonly label: string;
  readonly onChoose: () => void;
}

/** A button that opens a list of actions below it. Arrow keys move, Enter chooses, Escape closes. */
export class MenuButton {
  readonly element: HTMLElement;
  readonly #button: ReturnType<typeof button>;
  readonly #list: HTMLElement;

  constructor(label: string, items: readonly MenuItem[]) {
    this.#button = button({ label, onClick: () => this.#toggle(this.#isClosed) });
    this.#button.setAttribute('aria-haspopup', 'menu');
    this.#button.setAttribute('aria-expanded', 'false');
    const made = items.map((item) => this.#item(item));
    this.#list = element('div', { class: 'menu', role: 'menu', 'aria-label': label, hidden: true }, ...made);
    this.element = element('div', { class: 'menu-anchor' }, this.#button, this.#list);
    this.element.addEventListener('keydown', (event) => this.#onKey(event));
    this.element.addEventListener('focusout', (event) => {
      if (!this.element.contains(event.relatedTarget as Node | null)) this.#toggle(false);
    });
  }

  set disabled(disabled: boolean) {
    this.#button.disabled = disabled;
  }

  #item({ label, onChoose }: MenuItem): HTMLElement {
    const made = element('div', { class: 'menu-item', role: 'menuitem', tabindex: -1 }, label);
    made.addEventListener('click', () => {
      this.#close();
      onChoose();
    });
    return made;
  }

  get #items(): HTMLElement[] {
    return [...this.#list.children].filter((child) => child instanceof HTMLElement);
  }

  get #isClosed(): boolean {
    return this.#list.hasAttribute('hidden');
  }

  #toggle(open: boolean): void {
    this.#list.hidden = !open;
    this.#button.setAttribute('aria-expanded', String(open));
    if (open) this.#items[0]?.focus();
  }

  #close(): void {
    this.#toggle(false);
    this.#button.focus();
  }

  #onKey(event: KeyboardEvent): void {
    if (this.#isClosed) {
      if (event.key !== 'ArrowDown') return;
      this.#toggle(true);
      event.preventDefault();
      return;
    }
    const items = this.#items;
    const at = items.findIndex((item) => item === document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (to !== undefined) items[(to + items.length) % items.length]?.focus();
    else if (event.key === 'Escape') this.#close();
    else if ((event.key === 'Enter' || event.key === ' ') && at !== -1) items[at]?.click();
    else return;
    event.preventDefault();
  }
}
