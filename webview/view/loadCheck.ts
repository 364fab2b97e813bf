import type { LoadVerdict } from '../../src/core/check/types';
import { visibleText } from '../../src/core/report/escape';
import { LOADER_NAMES } from '../../src/core/report/loaders';
import type { PanelLoadCheck } from '../../src/protocol/panel';
import { button } from '../controls';
import { element, setText, show } from '../dom';
import type { Dirty, PageModel } from '../model/page';
import { text, type StringKey } from '../strings';
import type { Post, View } from './view';

const VERDICTS: Readonly<Record<LoadVerdict, StringKey>> = {
  loads: 'checkLoads',
  partly: 'checkPartly',
  unknown: 'checkUnknown',
  fails: 'checkFails',
};

/** Whether loaders would load the adapter: one status line, and the report with the reasons. */
export class LoadCheckView implements View {
  readonly element: HTMLElement;
  readonly #status = element('p', { attributes: { role: 'status' } });
  readonly #check: ReturnType<typeof button>;
  readonly #report: HTMLElement;

  constructor(post: Post) {
    this.#check = button({ label: text('check'), onClick: () => post({ type: 'checkLoad' }) });
    this.#report = button({ label: text('checkReport'), onClick: () => post({ type: 'checkReport' }) });
    this.element = element('section', {
      class: 'check',
      attributes: { 'aria-label': text('checkHeading'), hidden: '' },
      children: [element('h2', { text: text('checkHeading') }), this.#status, this.#check, this.#report],
    });
  }

  update({ known, loadCheck, trusted }: PageModel, dirty: Dirty): void {
    show(this.element, known);
    if (!dirty.check) return;
    const { kind } = loadCheck;
    setText(this.#status, statusText(loadCheck));
    setText(this.#check, text(kind === 'done' ? 'checkAgain' : 'check'));
    // Not `disabled`: the button keeps the focus while it runs.
    this.#check.ariaDisabled = String(kind === 'running');
    this.#check.disabled = !trusted;
    show(this.#report, kind === 'done');
  }
}

function statusText(check: PanelLoadCheck): string {
  switch (check.kind) {
    case 'none':
      return '';
    case 'running':
      return text('checkRunning');
    case 'failed':
      return text('checkFailed', visibleText(check.error.message, 2000));
    case 'done':
      return check.loaders
        .map(({ loader, verdict, attached }) =>
          text(VERDICTS[verdict], LOADER_NAMES[loader], attached, check.modules),
        )
        .join(' ');
  }
}
