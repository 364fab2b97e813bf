import { visibleText } from '../../src/core/report/escape';
import type { PanelCheckResult, PanelLoaderCheck } from '../../src/protocol/panelLoadCheck';
import { button } from '../controls';
import { element, icon, setAttribute, setText, show } from '../dom';
import { needsAsking, spoken } from '../model/loadCheck';
import type { Dirty, PageModel } from '../model/page';
import { text } from '../strings';
import { FailureBanner } from './failure';
import { loaderRow } from './loaderRow';
import type { Post, View } from './view';

/** Whether loaders would take the adapter on disk: closed at first, and asked of the engine when it is opened. */
export class LoadCheckView implements View {
  readonly element: HTMLElement;
  readonly #toggle: HTMLButtonElement;
  readonly #body: HTMLElement;
  readonly #progress: HTMLElement;
  readonly #failed: FailureBanner;
  readonly #outdated: HTMLElement;
  readonly #onto = element('span');
  readonly #choose: HTMLElement;
  readonly #loaders = element('ul', { class: 'loaders', attributes: { 'aria-label': text('checkHeading') } });
  readonly #result: HTMLElement;
  readonly #spoken = element('div', { class: 'visually-hidden', attributes: { role: 'status' } });
  /** Loaders whose details are open: they stay so when the answer comes anew. */
  readonly #open = new Set<PanelLoaderCheck['loader']>();
  #shown: PanelCheckResult | null = null;

  constructor(model: PageModel, post: Post) {
    const ask = (): void => {
      model.checkStarts();
      post({ type: 'checkLoad' });
    };
    this.#toggle = element('button', {
      class: 'section-toggle disclosure',
      text: text('checkHeading'),
      attributes: { type: 'button', 'aria-expanded': 'false', 'aria-controls': 'load-check' },
    });
    this.#toggle.addEventListener('click', () => {
      const opens = !model.isCheckOpen;
      if (opens && needsAsking(model.loadCheck)) ask();
      model.setView({ checkOpen: opens });
    });
    this.#failed = new FailureBanner(text('checkFailedTitle'), [
      button({ label: text('tryAgain'), onClick: ask }),
      button({ label: text('showLog'), onClick: () => post({ type: 'showLog' }) }),
    ]);
    this.#progress = progressBar();
    this.#outdated = outdatedBanner();
    this.#choose = button({ label: text('chooseModels'), onClick: () => post({ type: 'chooseModels' }) });
    const again = button({ label: text('checkAgain'), onClick: ask });
    const report = button({ label: text('checkReport'), onClick: () => post({ type: 'checkReport' }) });
    this.#result = element('div', {
      class: 'check-result',
      children: [
        this.#outdated,
        element('div', { class: 'actions', children: [again, report, this.#choose] }),
        this.#loaders,
        element('p', { class: 'note', children: [this.#onto] }),
      ],
    });
    this.#body = element('div', {
      class: 'check-body',
      attributes: { id: 'load-check', hidden: '' },
      children: [
        element('p', { class: 'note', text: text('checkAbout') }),
        this.#progress,
        this.#failed.element,
        this.#result,
      ],
    });
    this.element = element('section', {
      class: 'check',
      attributes: { 'aria-label': text('checkHeading'), hidden: '' },
      children: [element('h2', { children: [this.#toggle] }), this.#body, this.#spoken],
    });
  }

  update(model: PageModel, dirty: Dirty): void {
    // Without a heading above there is no page yet that it could be part of.
    show(this.element, model.known);
    if (!dirty.check && !dirty.view) return;
    const { loadCheck: check, isCheckOpen: open } = model;
    this.#toggle.disabled = !model.trusted;
    setAttribute(this.#toggle, 'aria-expanded', String(open));
    show(this.#body, open);
    if (!dirty.check) return;
    this.#keepFocus(check?.kind === 'failed');
    show(this.#progress, check?.kind === 'running');
    this.#failed.show(check?.kind === 'failed' ? check.error : null);
    if (check?.kind === 'done') this.#showResult(check.result);
    show(this.#outdated, check?.kind === 'done' && check.outdated);
    // While it is asked again the last answer stays: the page must not jump.
    show(this.#result, this.#shown !== null && check?.kind !== 'failed');
    setAttribute(this.#result, 'aria-busy', check?.kind === 'running' ? 'true' : null);
    setText(this.#spoken, spoken(check));
  }

  /** A button that goes from sight under the keyboard hands over to the section's own. */
  #keepFocus(failed: boolean): void {
    const goes = failed ? this.#result : this.#failed.element;
    if (goes.contains(document.activeElement)) this.#toggle.focus();
  }

  #showResult(result: PanelCheckResult): void {
    if (result === this.#shown) return;
    const focused = [...this.#loaders.querySelectorAll('button')].findIndex(
      (line) => line === document.activeElement,
    );
    this.#shown = result;
    this.#loaders.replaceChildren(
      ...result.loaders.map((check) =>
        loaderRow(check, result.modules, this.#open.has(check.loader), (open) => {
          if (open) this.#open.add(check.loader);
          else this.#open.delete(check.loader);
        }),
      ),
    );
    if (focused !== -1) this.#loaders.querySelectorAll('button')[focused]?.focus();
    const { model } = result;
    show(this.#choose, model === null);
    setText(this.#onto, model === null ? text('checkNoModel') : text('checkOnto', visibleText(model, 1000)));
  }
}

function progressBar(): HTMLElement {
  const bar = element('div', {
    class: 'progress-bar indeterminate',
    attributes: { role: 'progressbar', 'aria-label': text('checkRunning') },
    children: [element('div', { class: 'progress-fill' })],
  });
  return element('div', {
    class: 'progress',
    attributes: { hidden: '' },
    children: [element('span', { class: 'progress-facts', text: text('checkRunning') }), bar],
  });
}

function outdatedBanner(): HTMLElement {
  return element('div', {
    class: 'notice warning',
    attributes: { hidden: '' },
    children: [icon('warning'), element('div', { class: 'notice-text', text: text('checkOutdated') })],
  });
}
