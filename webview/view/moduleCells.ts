import { visibleText } from '../../src/core/report/escape';
import type { Verdict } from '../../src/core/selection/types';
import { element, icon, setAttribute, setText } from '../dom';
import type { PageModel } from '../model/page';
import { isPinned, isPruned } from '../model/rows';
import { text } from '../strings';

/** Longer module names are cut off. */
const MAX_NAME = 1000;

type Update = (model: PageModel, index: number) => void;

/** Modules by name. */
interface Named {
  readonly table: { readonly names: readonly string[] };
  /** What all names begin with. */
  readonly namePrefix: string;
}

/** A name in three parts: the shared prefix is cut off first, the module's type last. */
export function buildName(cell: HTMLElement): (model: Named, index: number) => void {
  const prefix = element('span', { class: 'name-prefix' });
  const middle = element('span', { class: 'name-middle' });
  const leaf = element('span', { class: 'name-leaf' });
  cell.append(element('span', { class: 'mark' }), prefix, middle, leaf);
  return (model, index) => {
    const name = model.table.names[index] ?? '';
    const shared = model.namePrefix;
    const head = name.startsWith(shared) && name.length > shared.length ? shared : '';
    const leafAt = Math.max(head.length, name.lastIndexOf('.') + 1);
    setText(prefix, visibleText(head));
    setText(middle, visibleText(name.slice(head.length, leafAt), MAX_NAME));
    setText(leaf, visibleText(name.slice(leafAt), MAX_NAME));
  };
}

export function buildPins(cell: HTMLElement): Update {
  const pins = [pinButton('keep'), pinButton('prune')];
  cell.append(...pins.map(({ button }) => button));
  return (model, index) => pins.forEach(({ update }) => update(model, index));
}

function pinButton(verdict: Verdict): {
  button: HTMLElement;
  update: Update;
} {
  const [label, labelOne] =
    verdict === 'keep' ? (['pinKeep', 'pinKeepOne'] as const) : (['pinPrune', 'pinPruneOne'] as const);
  const button = element(
    'button',
    { class: 'pin-button', type: 'button', tabindex: -1, title: text(label) },
    icon(verdict),
  );
  let toggle = (): void => undefined;
  button.addEventListener('click', (event) => {
    event.stopPropagation();
    toggle();
  });
  return {
    button,
    update: (model, index) => {
      const name = model.table.names[index] ?? '';
      const current = model.verdicts[index];
      const pressed = isPinned(current) && isPruned(current) === (verdict === 'prune');
      toggle = () => model.pin([name], pressed ? null : verdict);
      setAttribute(button, 'aria-label', text(labelOne, visibleText(name)));
      setAttribute(button, 'aria-pressed', String(pressed));
      setAttribute(button, 'disabled', model.isLive ? '' : null);
    },
  };
}
