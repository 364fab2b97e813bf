import { visibleText } from '../../src/core/report/escape';
import { EXPORT_FORMATS, type ExportFormat } from '../../src/protocol/panel';
import { button } from '../controls';
import { element, setText, show } from '../dom';
import { isPruned } from '../model/rows';
import type { Dirty, PageModel } from '../model/page';
import { text, type StringKey } from '../strings';
import { MenuButton } from './menu';
import type { Post, View } from './view';

const FORMAT_LABELS: Readonly<Record<ExportFormat, StringKey>> = {
  json: 'exportJson',
  csv: 'exportCsv',
  markdown: 'exportMarkdown',
  svg: 'exportSvg',
  sarif: 'exportSarif',
};

/** Which adapter and models the page is about, and what can be done with the result. */
export class HeaderView implements View {
  readonly element: HTMLElement;
  readonly #title = element('h1');
  readonly #path = element('span', { class: 'path' });
  readonly #base = element('span', { class: 'model-path' });
  readonly #aligned = element('span', { class: 'model-path' });
  readonly #models: HTMLElement;
  readonly #write: ReturnType<typeof button>;
  readonly #repair: ReturnType<typeof button>;
  readonly #again: ReturnType<typeof button>;
  readonly #choose: ReturnType<typeof button>;
  readonly #export: MenuButton;

  constructor(post: Post) {
    this.#write = button({ label: text('write'), primary: true, onClick: () => post({ type: 'write' }) });
    this.#repair = button({ label: text('repair'), onClick: () => post({ type: 'repair' }) });
    this.#again = button({ label: text('analyzeAgain'), onClick: () => post({ type: 'analyze' }) });
    this.#export = new MenuButton(
      text('export'),
      EXPORT_FORMATS.map((format) => ({
        label: text(FORMAT_LABELS[format]),
        onChoose: () => post({ type: 'export', format }),
      })),
    );
    this.#choose = button({ label: text('chooseModels'), onClick: () => post({ type: 'chooseModels' }) });
    const settings = button({ label: text('openSettings'), onClick: () => post({ type: 'openSettings' }) });
    this.#models = element('dl', {
      class: 'models',
      children: [
        element('dt', { text: text('baseModel') }),
        element('dd', { children: [this.#base] }),
        element('dt', { text: text('alignedModel') }),
        element('dd', { children: [this.#aligned] }),
      ],
    });
    this.element = element('header', {
      children: [
        element('div', { class: 'titles', children: [this.#title, this.#path, this.#models] }),
        element('div', {
          class: 'actions',
          children: [this.#write, this.#repair, this.#export.element, this.#again, this.#choose, settings],
        }),
      ],
    });
  }

  update(model: PageModel, dirty: Dirty): void {
    const { document: result } = model;
    setText(this.#title, visibleText(model.title));
    setPath(this.#path, model.path);
    show(this.#models, result !== null);
    if (result !== null && dirty.data) {
      setPath(this.#base, result.base);
      setPath(this.#aligned, result.aligned);
    }
    const busy = model.run.kind === 'running' || !model.trusted;
    show(this.#write, result !== null);
    show(this.#repair, result !== null);
    show(this.#export.element, result !== null);
    show(this.#again, result !== null);
    // Without a result, the empty state or the failure offers it.
    show(this.#choose, result !== null);
    this.#choose.disabled = busy;
    this.#again.disabled = busy;
    this.#repair.disabled = busy;
    this.#export.setDisabled(busy);
    if (dirty.selection || dirty.run) {
      this.#write.disabled = busy || !model.verdicts.some(isPruned);
    }
  }
}

function setPath(node: HTMLElement, path: string): void {
  const shown = visibleText(path);
  setText(node, shown);
  node.title = shown;
}
