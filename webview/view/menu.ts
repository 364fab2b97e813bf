import { button } from '../controls';
import { element } from '../dom';

interface MenuItem {
  readonly label: string;
  readonly onChoose: () => void;
}

/** A button that opens a list of actions. Arrow keys move, Enter chooses, Escape closes. */
export class MenuButton {
  readonly element: HTMLElement;
  readonly #button: ReturnType<typeof button>;
  readonly #items: readonly HTMLElement[];
  readonly #list: HTMLElement;

  constructor(label: string, items: readonly MenuItem[]) {
    this.#button = button({ label, onClick: () => this.#toggle(this.#list.hasAttribute('hidden')) });
    this.#button.setAttribute('aria-haspopup', 'menu');
    this.#button.setAttribute('aria-expanded', 'false');
    this.#items = items.map((item) => {
      const made = element('div', { class: 'menu-item', role: 'menuitem', tabindex: -1 }, item.label);
      made.addEventListener('click', () => {
        this.#close();
        item.onChoose();
      });
      return made;
    });
    const attributes = { class: 'menu', role: 'menu', 'aria-label': label, hidden: true };
    this.#list = element('div', attributes, ...this.#items);
    this.element = element('div', { class: 'menu-anchor' }, this.#button, this.#list);
    this.element.addEventListener('keydown', (event) => this.#onKey(event));
    this.element.addEventListener('focusout', ({ relatedTarget }) => {
      if (!(relatedTarget instanceof Node && this.element.contains(relatedTarget))) this.#toggle(false);
    });
  }

  set disabled(disabled: boolean) {
    this.#button.disabled = disabled;
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
    const { key } = event;
    const items = this.#items;
    const at = items.findIndex((item) => item === document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[key];
    if (this.#list.hidden) {
      if (key !== 'ArrowDown') return;
      this.#toggle(true);
    } else if (to !== undefined) items[(to + items.length) % items.length]?.focus();
    else if (key === 'Escape') this.#close();
    else if ((key === 'Enter' || key === ' ') && at !== -1) items[at]?.click();
    else return;
    event.preventDefault();
  }
}
