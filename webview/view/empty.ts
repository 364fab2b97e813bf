import { button } from '../controls';
import { element, show } from '../dom';
import type { Dirty, PageModel } from '../model/page';
import { text } from '../strings';
import type { Post, View } from './view';

/** What stands in place of scores while there are none. */
export class EmptyView implements View {
  readonly element: HTMLElement;
  readonly #choose: HTMLElement;

  constructor(post: Post) {
    this.#choose = button({ label: text('chooseModels'), onClick: () => post({ type: 'chooseModels' }) });
    const analyze = button({
      label: text('analyze'),
      primary: true,
      onClick: () => post({ type: 'analyze' }),
    });
    this.element = element('section', {
      class: 'empty',
      attributes: { hidden: '' },
      children: [
        element('h2', { text: text('emptyTitle') }),
        element('p', { text: text('emptyText') }),
        element('div', { class: 'actions', children: [analyze, this.#choose] }),
      ],
    });
  }

  update(model: PageModel, _dirty: Dirty): void {
    show(this.element, model.known && model.document === null && model.run.kind === 'idle');
  }
}
