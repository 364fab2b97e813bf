import { visibleLines, visibleText } from '../../src/core/report/escape';
import type { PanelAnswer, PanelPrompt, PanelVariant } from '../../src/protocol/behavior';
import { button } from '../controls';
import { element, setText, show } from '../dom';
import { text } from '../strings';
import { suiteText } from './columns';
import type { BehaviorModel } from './model';
import { answerOf, isBad, outcomeOf, outcomeText, variantName } from './prompts';

/** Longer answers are cut here; the exports have them whole. */
const MAX_LINE = 20_000;

/** The answers to one prompt, side by side. Those to harmful prompts are folded away until the user asks for them. */
export class AnswersView {
  readonly element: HTMLElement;
  readonly #model: BehaviorModel;
  readonly #prompt = element('p', { class: 'answers-prompt' });
  readonly #about = element('p', { class: 'note' });
  readonly #fold;
  readonly #grid = element('div', { class: 'answers-grid', id: 'answers' });
  #drawn = '';

  constructor(model: BehaviorModel) {
    this.#model = model;
    this.#fold = button({ label: '', onClick: () => this.#toggle() });
    this.#fold.setAttribute('aria-controls', 'answers');
    this.element = element(
      'section',
      { class: 'answers', 'aria-label': text('answersHeading'), tabindex: -1, hidden: true },
      element('div', { class: 'answers-head' }, this.#prompt, this.#fold),
      this.#about,
      this.#grid,
    );
  }

  update(): void {
    const model = this.#model;
    const prompt = model.shown;
    show(this.element, prompt !== undefined);
    if (prompt === undefined) return void (this.#drawn = '');
    const isFolded = model.isFolded(prompt);
    // Text that the user is reading or selecting is left alone unless it changed.
    const drawn = JSON.stringify([prompt, isFolded, model.variants.map(({ id }) => id)]);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    setText(this.#prompt, visibleLines(prompt.prompt, MAX_LINE));
    setText(this.#about, aboutText(prompt));
    show(this.#fold, prompt.suite === 'harmful');
    setText(this.#fold, text(isFolded ? 'showAnswers' : 'hideAnswers'));
    this.#fold.setAttribute('aria-expanded', String(!isFolded));
    this.#grid.replaceChildren(...model.variants.map((variant) => answerCell(prompt, variant, isFolded)));
  }

  focus(): void {
    this.element.focus();
  }

  #toggle(): void {
    const prompt = this.#model.shown;
    if (prompt !== undefined) this.#model.fold(prompt, !this.#model.isFolded(prompt));
  }
}

function aboutText({ id, suite, category, reference }: PanelPrompt): string {
  return [
    suiteText(suite),
    ...(category === null ? [] : [visibleText(category)]),
    visibleText(id),
    ...(reference === null ? [] : [text('referenceOf', visibleText(reference, MAX_LINE))]),
  ].join(' · ');
}

function answerCell(prompt: PanelPrompt, variant: PanelVariant, isFolded: boolean): HTMLElement {
  const answer = answerOf(prompt.answers, variant.id);
  const outcome = outcomeOf(prompt.suite, answer);
  const name = visibleText(variantName(variant));
  const verdict = element(
    'span',
    { class: `outcome ${isBad(prompt.suite, outcome) ? 'bad' : ''}` },
    outcomeText(outcome, answer),
  );
  return element(
    'article',
    { class: 'answer', 'aria-label': name },
    element('h3', {}, name, ' ', verdict),
    ...(answer === undefined ? [element('p', { class: 'note' }, text('noAnswer'))] : body(answer, isFolded)),
  );
}

function body(answer: PanelAnswer, isFolded: boolean): HTMLElement[] {
  if (isFolded) return [element('p', { class: 'note' }, text('answerFolded'))];
  const shown = answer.text.trim() === '' ? text('answerEmpty') : visibleLines(answer.text, MAX_LINE);
  const facts = [
    ...(answer.by === 'judge' ? [text('byJudge')] : []),
    ...(answer.cut ? [text('answerCut')] : []),
  ];
  return [
    element('p', { class: 'answer-text' }, shown),
    ...(facts.length === 0 ? [] : [element('p', { class: 'note' }, facts.join(' · '))]),
  ];
}
