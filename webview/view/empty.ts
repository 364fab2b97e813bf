import { button } from '../controls';
import { element, setText, show } from '../dom';
import type { Dirty, PageModel } from '../model/page';
import { text } from '../strings';
import type { Post, View } from './view';

/** What stands in place of scores while there are none. */
export class EmptyView implements View {
  readonly element: HTMLElement;
  readonly #title = element('h2');
  readonly #text = element('p');
  readonly #actions: HTMLElement;
  readonly #buttons: readonly ReturnType<typeof button>[];

  constructor(post: Post) {
    const choose = button({ label: text('chooseModels'), onClick: () => post({ type: 'chooseModels' }) });
    const analyze = button({
      label: text('analyze'),
      primary: true,
      onClick: () => post({ type: 'analyze' }),
    });
    this.#buttons = [analyze, choose];
    this.#actions = element('div', { class: 'actions', children: this.#buttons });
    this.element = element('section', {
      class: 'empty',
      attributes: { hidden: '' },
      children: [this.#title, this.#text, this.#actions],
    });
  }

  update(model: PageModel, _dirty: Dirty): void {
    const { document: result } = model;
    const empty = result === null ? model.run.kind === 'idle' : result.modules.names.length === 0;
    show(this.element, model.known && empty);
    setText(this.#title, text(result === null ? 'emptyTitle' : 'noModulesTitle'));
    setText(this.#text, text(result === null ? 'emptyText' : 'noModulesText'));
    show(this.#actions, result === null);
    for (const one of this.#buttons) one.disabled = !model.trusted;
  }
}
