import type { PanelHeadline } from '../../src/protocol/panel';
import { visibleText } from '../../src/core/report/escape';
import { button } from '../controls';
import { element, icon, show } from '../dom';
import type { PageModel } from '../model/page';
import { MAX_MESSAGE } from '../notice';
import { text, type StringKey } from '../strings';
import type { Post, View } from './view';

type NextStep = PanelHeadline['next'][number];

const LABELS: Readonly<Record<NextStep, StringKey>> = {
  measure: 'measure',
  repair: 'repair',
  rankByReversal: 'rankByReversal',
  explain: 'explain',
};

/** What was found about the adapter, how sure, and what to do next: the first thing that a user reads. */
export function headlineView(model: PageModel, post: Post, onExplain: () => void): View {
  const sentences = element('div', { class: 'headline-text', role: 'status' });
  const mark = icon('warning');
  const steps: Readonly<Record<NextStep, () => void>> = {
    measure: () => post({ type: 'measure' }),
    repair: () => post({ type: 'repair' }),
    rankByReversal: () => model.setSelection({ rankBy: 'reversal' }),
    explain: onExplain,
  };
  const buttons = (Object.keys(LABELS) as NextStep[]).map((step) => ({
    step,
    made: button({ label: text(LABELS[step]), primary: step === 'measure', onClick: steps[step] }),
  }));
  const actions = element('div', { class: 'actions' }, ...buttons.map(({ made }) => made));
  const section = element('section', {
    class: 'headline',
    hidden: true,
    'aria-label': text('headlineLabel'),
  });
  section.append(mark, sentences, actions);
  return {
    element: section,
    update: ({ headline, trusted, run }, dirty) => {
      for (const { step, made } of buttons)
        made.disabled = (step === 'measure' || step === 'repair') && (!trusted || run.kind === 'running');
      if (!dirty.headline) return;
      show(section, headline.sentences.length > 0);
      section.classList.toggle('finding', headline.isFinding);
      show(mark, headline.isFinding);
      const [lead = '', ...others] = headline.sentences.map((each) => visibleText(each, MAX_MESSAGE));
      sentences.replaceChildren(
        element('p', { class: 'lead' }, lead),
        ...others.map((each) => element('p', {}, each)),
      );
      for (const { step, made } of buttons) show(made, headline.next.includes(step));
    },
  };
}
