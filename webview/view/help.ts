import { visibleText } from '../../src/core/report/escape';
import { element, show } from '../dom';
import type { Dirty, PageModel } from '../model/page';
import { text, type StringKey } from '../strings';
import type { View } from './view';

const PARAGRAPHS: readonly StringKey[] = [
  'helpDistance',
  'helpBeside',
  'helpReversal',
  'helpUnscored',
  'helpReplaced',
  'helpBehaviour',
];

/** How scores are to be read, what they do not prove, and what the analysis has to say for itself. */
export class HelpView implements View {
  readonly element: HTMLElement;
  readonly #details: HTMLDetailsElement;
  readonly #notes = element('ul');
  readonly #notesPart: HTMLElement;

  constructor(model: PageModel) {
    this.#notesPart = element('div', {
      class: 'notes',
      children: [element('h3', { text: text('notesHeading') }), this.#notes],
    });
    this.#details = element('details', {
      children: [
        element('summary', { text: text('helpHeading') }),
        ...PARAGRAPHS.map((key) => element('p', { text: text(key) })),
      ],
    });
    this.#details.addEventListener('toggle', () => {
      if (this.#details.open !== model.view.helpOpen) model.setView({ helpOpen: this.#details.open });
    });
    this.element = element('section', { class: 'help', attributes: { 'aria-label': text('helpHeading') } });
    this.element.append(this.#details, this.#notesPart);
  }

  update(model: PageModel, dirty: Dirty): void {
    if (this.#details.open !== model.view.helpOpen) this.#details.open = model.view.helpOpen;
    if (!dirty.data) return;
    const notes = [...(model.document?.notes ?? [])];
    const { count, first } = model.document?.carried ?? { count: 0, first: [] };
    if (count > 0) notes.push(text('carried', count), ...first);
    show(this.#notesPart, notes.length > 0);
    // Notes name things from files.
    this.#notes.replaceChildren(...notes.map((note) => element('li', { text: visibleText(note, 1000) })));
  }
}
