import type { ErrorText } from '../src/core/errors';
import { visibleText } from '../src/core/report/escape';
import { element, icon, show } from './dom';
import { text } from './strings';

/** Messages quote names and paths, so they are longer than names. */
export const MAX_MESSAGE = 2000;

/** A boxed message with buttons. Its kind is in the words and the icon, not in color alone. */
export class Notice {
  readonly element: HTMLElement;
  readonly #head: string;
  readonly #text = element('div', { class: 'notice-text' });
  #shown: string | undefined;

  /** @param role errors are alerts; the default for others is no live region */
  constructor(
    kind: 'error' | 'warning' | 'info',
    head: string,
    actions: readonly HTMLElement[] = [],
    role?: 'status',
  ) {
    this.#head = head;
    const live = kind === 'error' ? 'alert' : (role ?? false);
    this.element = element(
      'div',
      { class: `notice ${kind}`, role: live, hidden: true },
      icon(kind),
      this.#text,
    );
    if (actions.length > 0) this.element.append(element('div', { class: 'notice-actions' }, ...actions));
  }

  /** Shows paragraphs after the head, or hides the notice. Screen readers announce only what changes. */
  show(paragraphs: readonly string[] | null): this {
    const key = paragraphs?.join('\n');
    if (paragraphs !== null && key !== this.#shown) {
      const [first = '', ...others] = paragraphs.map((each) => visibleText(each, MAX_MESSAGE));
      const head = this.#head === '' ? [] : [element('strong', {}, this.#head), ' '];
      const rest = others.map((each) => element('p', {}, each));
      this.#text.replaceChildren(element('p', {}, ...head, first), ...rest);
    }
    this.#shown = key;
    show(this.element, paragraphs !== null);
    return this;
  }

  /** Shows what went wrong, where, and what to do about it. */
  showError(error: ErrorText | null): void {
    if (error === null) return void this.show(null);
    const { message, file, tensor, advice } = error;
    this.show([
      message,
      ...(file === undefined ? [] : [text('failedFile', file)]),
      ...(tensor === undefined ? [] : [text('failedTensor', tensor)]),
      ...(advice === undefined ? [] : [advice]),
    ]);
  }
}
