import { formatBytes } from '../../src/core/report/scores';
import { element, setText, show } from '../dom';
import { effectOf, formatShare } from '../model/effect';
import { text, type StringKey } from '../strings';
import type { View } from './view';

/** Screen readers hear the effect when a drag rests, not at every step. */
const SPEAK_AFTER_MS = 600;

/** What pruning removes: modules, bytes, share of the squared update norm. */
export function effectView(): View {
  const modules = figure('effectModulesCaption');
  const bytes = figure('effectBytesCaption');
  const norm = figure('effectNormCaption');
  const pinned = element('span', { class: 'effect-pinned' });
  const spoken = element('span', { class: 'visually-hidden', role: 'status' });
  const parts = [modules.element, bytes.element, norm.element, pinned, spoken];
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    element: element('section', { class: 'effect', 'aria-label': text('effectHeading') }, ...parts),
    update: (model, dirty) => {
      if (model.document === null || !(dirty.data || dirty.selection)) return;
      const effect = effectOf(model.table, model.verdicts);
      const { modulesTotal, bytesTotal, normShare } = effect;
      const share = normShare === null ? '–' : formatShare(normShare);
      const size = formatBytes(effect.bytes);
      modules.show(text('effectModules', effect.modules, modulesTotal), effect.modules / modulesTotal);
      bytes.show(text('effectBytes', size, formatBytes(bytesTotal)), effect.bytes / bytesTotal);
      norm.show(share, normShare ?? 0);
      show(pinned, effect.pinned > 0);
      setText(pinned, text('effectPinned', effect.pinned));
      clearTimeout(timer);
      timer = setTimeout(
        () => setText(spoken, text('effectSpoken', effect.modules, modulesTotal, size, share)),
        SPEAK_AFTER_MS,
      );
    },
  };
}

/** A number over a thin bar of its share, with a caption. */
function figure(caption: StringKey): { element: HTMLElement; show: (shown: string, share: number) => void } {
  const value = element('span', { class: 'figure-value' });
  const fill = element('div', { class: 'figure-fill' });
  const words = element('span', { class: 'figure-caption' }, text(caption));
  return {
    element: element(
      'div',
      { class: 'figure' },
      element('div', { class: 'figure-text' }, value, words),
      element('div', { class: 'figure-bar', 'aria-hidden': 'true' }, fill),
    ),
    show: (shown, share) => {
      setText(value, shown);
      // 0 of 0 has no share.
      fill.style.transform = `scaleX(${String(share || 0)})`;
    },
  };
}
