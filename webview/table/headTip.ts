import type { TermId } from '../../src/core/report/terms';
import { element, link } from '../dom';
import { text } from '../strings';

/** As long as a tooltip of the window waits. */
const SHOW_MS = 400;
/** The pointer has this long to get from the head to the link. */
const HIDE_MS = 300;
const GAP = 2;

export type Explain = (term: TermId) => void;

/**
 * What a column shows, below its head while the pointer or the focus is there, with a link to the page of terms. `?` follows
 * the link, Escape hides it.
 */
export class HeadTip {
  readonly #tip = element('div', { class: 'head-tip', popover: 'manual' });
  readonly #explain: Explain | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param explain absent where no page can be opened */
  constructor(explain?: Explain) {
    this.#explain = explain;
    this.#tip.addEventListener('pointerenter', () => clearTimeout(this.#timer));
    this.#tip.addEventListener('pointerleave', () => this.#later(HIDE_MS, () => this.hide()));
  }

  attach(head: HTMLElement, meaning: string, term?: TermId): void {
    head.setAttribute('aria-description', meaning);
    const show = (): void => this.#show(head, meaning, term);
    head.addEventListener('pointerenter', () => this.#later(SHOW_MS, show));
    head.addEventListener('pointerleave', () => this.#later(HIDE_MS, () => this.hide()));
    head.addEventListener('focus', () => head.matches(':focus-visible') && show());
    head.addEventListener('blur', () => this.#later(HIDE_MS, () => this.hide()));
    head.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.hide();
      else if (event.key === '?' && term !== undefined) this.#explain?.(term);
      else return;
      event.preventDefault();
    });
  }

  hide(): void {
    clearTimeout(this.#timer);
    this.#tip.remove();
  }

  #later(ms: number, then: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(then, ms);
  }

  #show(head: HTMLElement, meaning: string, term: TermId | undefined): void {
    clearTimeout(this.#timer);
    const explain = this.#explain;
    const more = link(text('moreOnTerm'), () => {
      this.hide();
      if (term !== undefined) explain?.(term);
    });
    const hasMore = explain !== undefined && term !== undefined;
    this.#tip.replaceChildren(element('p', {}, meaning), ...(hasMore ? [more] : []));
    // Beside the table, which may only have rows in it; the top layer is not cut off by what is around it.
    head.closest('[role="grid"], table')?.after(this.#tip);
    if (!this.#tip.isConnected) return;
    this.#tip.showPopover();
    const { left, bottom } = head.getBoundingClientRect();
    const { width } = this.#tip.getBoundingClientRect();
    this.#tip.style.left = `${String(Math.max(0, Math.min(left, innerWidth - width - GAP)))}px`;
    this.#tip.style.top = `${String(bottom + GAP)}px`;
  }
}
