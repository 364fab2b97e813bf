import { button } from '../controls';
import { element, icon, show } from '../dom';
import type { Dirty, PageModel } from '../model/page';
import { text } from '../strings';
import type { Post, View } from './view';

/** Why buttons are disabled in a workspace that is not trusted, and the way out. */
export class RestrictedView implements View {
  readonly element: HTMLElement;

  constructor(post: Post) {
    this.element = element('div', {
      class: 'notice info',
      attributes: { role: 'status', hidden: '' },
      children: [
        icon('info'),
        element('div', {
          class: 'notice-text',
          children: [
            element('p', { class: 'notice-title', text: text('restricted') }),
            element('p', { text: text('restrictedWhy') }),
          ],
        }),
        button({ label: text('manageTrust'), onClick: () => post({ type: 'manageTrust' }) }),
      ],
    });
  }

  update(model: PageModel, dirty: Dirty): void {
    if (dirty.run) show(this.element, !model.trusted);
  }
}
