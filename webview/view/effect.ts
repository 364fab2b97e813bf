import { formatBytes } from '../../src/core/report/scores';
import { element, setText, show } from '../dom';
import { effectOf, type Effect } from '../model/effect';
import { formatShare } from '../model/numbers';
import type { Dirty, PageModel } from '../model/page';
import { text } from '../strings';
import type { View } from './view';

/** Screen readers hear the effect when a drag rests, not with every step of it. */
const SPEAK_AFTER_MS = 600;

/** What the selection takes away: modules, bytes, share of the squared update norm. */
export class EffectView implements View {
  readonly element: HTMLElement;
  readonly #modules = figure('effectModulesCaption');
  readonly #bytes = figure('effectBytesCaption');
  readonly #norm = figure('effectNormCaption');
  readonly #pinned = element('span', { class: 'effect-pinned' });
  readonly #spoken = element('span', { class: 'visually-hidden', attributes: { role: 'status' } });
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    this.element = element('section', {
      class: 'effect',
      attributes: { 'aria-label': text('effectHeading') },
      children: [this.#modules.element, this.#bytes.element, this.#norm.element, this.#pinned, this.#spoken],
    });
  }

  update(model: PageModel, dirty: Dirty): void {
    if (model.document === null || !(dirty.data || dirty.selection)) return;
    const effect = effectOf(model.table, model.verdicts);
    const share = effect.normShare === null ? '–' : formatShare(effect.normShare);
    this.#modules.show(
      text('effectModules', effect.modules, effect.modulesTotal),
      part(effect.modules, effect.modulesTotal),
    );
    this.#bytes.show(
      text('effectBytes', formatBytes(effect.bytes), formatBytes(effect.bytesTotal)),
      part(effect.bytes, effect.bytesTotal),
    );
    this.#norm.show(share, effect.normShare ?? 0);
    show(this.#pinned, effect.pinned > 0);
    setText(this.#pinned, text('effectPinned', effect.pinned));
    this.#speakLater(effect, share);
  }

  #speakLater(effect: Effect, share: string): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const { modules, modulesTotal, bytes } = effect;
      setText(this.#spoken, text('effectSpoken', modules, modulesTotal, formatBytes(bytes), share));
    }, SPEAK_AFTER_MS);
  }
}

function part(some: number, all: number): number {
  return all > 0 ? some / all : 0;
}

interface Figure {
  readonly element: HTMLElement;
  show(value: string, share: number): void;
}

/** A number over a thin bar of its share, with a caption. */
function figure(caption: 'effectModulesCaption' | 'effectBytesCaption' | 'effectNormCaption'): Figure {
  const value = element('span', { class: 'figure-value' });
  const bar = element('div', { class: 'figure-fill' });
  const made = element('div', {
    class: 'figure',
    children: [
      element('div', {
        class: 'figure-text',
        children: [value, element('span', { class: 'figure-caption', text: text(caption) })],
      }),
      element('div', { class: 'figure-bar', attributes: { 'aria-hidden': 'true' }, children: [bar] }),
    ],
  });
  return {
    element: made,
    show: (shown, share) => {
      setText(value, shown);
      bar.style.transform = `scaleX(${String(share)})`;
    },
  };
}
