import { visibleText } from '../../src/core/report/escape';
import type { ErrorText } from '../../src/core/errors';
import { element, icon, setText, show } from '../dom';
import { text } from '../strings';

/** What went wrong, where, what to do about it, and buttons that do it. */
export class FailureBanner {
  readonly element: HTMLElement;
  readonly #message = element('p');
  readonly #where = element('p', { class: 'where' });
  readonly #advice = element('p', { class: 'advice' });

  constructor(title: string, actions: readonly HTMLElement[]) {
    const heading = element('p', { class: 'notice-title', text: title });
    this.element = element('div', {
      class: 'notice error',
      attributes: { role: 'alert', hidden: '' },
      children: [
        icon('error'),
        element('div', {
          class: 'notice-text',
          children: [heading, this.#message, this.#where, this.#advice],
        }),
        element('div', { class: 'notice-actions', children: actions }),
      ],
    });
  }

  show(error: ErrorText | null): void {
    show(this.element, error !== null);
    if (error === null) return;
    const where = [
      ...(error.file === undefined ? [] : [text('failedFile', visibleText(error.file))]),
      ...(error.tensor === undefined ? [] : [text('failedTensor', visibleText(error.tensor))]),
    ];
    // Longer than names: an engine's message may quote several.
    setText(this.#message, visibleText(error.message, 2000));
    setText(this.#where, where.join('\n'));
    setText(this.#advice, error.advice ?? '');
    show(this.#where, where.length > 0);
    show(this.#advice, error.advice !== undefined);
  }
}
