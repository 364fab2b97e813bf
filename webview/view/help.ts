import { visibleText } from '../../src/core/report/escape';
import { element, link, show } from '../dom';
import type { PageModel } from '../model/page';
import { text, type StringKey } from '../strings';
import type { Post, View } from './view';

const PARAGRAPHS: readonly StringKey[] = [
  'helpStandsOut',
  'helpDistance',
  'helpBeside',
  'helpReversal',
  'helpUnscored',
  'helpReplaced',
  'helpBehaviour',
];

/** How to read the scores, what they do not prove, and the notes of the analysis. */
export function helpView(model: PageModel, post: Post): View {
  const list = element('ul');
  const notesPart = element('div', { class: 'notes' }, element('h3', {}, text('notesHeading')), list);
  const paragraphs = PARAGRAPHS.map((key) => element('p', {}, text(key)));
  const details = element(
    'details',
    {},
    element('summary', {}, text('helpHeading')),
    ...paragraphs,
    element(
      'p',
      {},
      link(text('allTerms'), () => post({ type: 'explain', term: 'standsOut' })),
    ),
  );
  details.addEventListener('toggle', () => {
    if (details.open !== model.view.helpOpen) model.setView({ helpOpen: details.open });
  });
  return {
    element: element('section', { class: 'help', 'aria-label': text('helpHeading') }, details, notesPart),
    update: ({ view, document: result }, dirty) => {
      if (details.open !== view.helpOpen) details.open = view.helpOpen;
      if (!dirty.data) return;
      const { count, first } = result?.carried ?? { count: 0, first: [] };
      const carried = count > 0 ? [text('carried', count), ...first] : [];
      const notes = [...(result?.notes ?? []), ...carried];
      show(notesPart, notes.length > 0);
      list.replaceChildren(...notes.map((note) => element('li', {}, visibleText(note, 1000))));
    },
  };
}
