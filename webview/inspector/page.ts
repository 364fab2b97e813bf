import { errorLine, type ErrorText } from '../../src/core/errors';
import { visibleText } from '../../src/core/report/escape';
import { formatBytes } from '../../src/core/report/scores';
import type {
  HostToInspector,
  InspectedFile,
  InspectorToHost,
  TensorColumns,
} from '../../src/protocol/inspector';
import { element, show } from '../dom';
import { setTranslations } from '../strings';
import { TensorGrid } from './grid';
import { text } from './strings';
import { button, metadataSection, notice, notices, summaryLine } from './summary';
import { SORT_KEYS, TensorTable, type Sort, type SortKey } from './tensorTable';

/** What a reload of the window brings back. */
export interface InspectorState {
  readonly search: string;
  readonly sort: Sort;
  readonly scrollTop: number;
}

export interface InspectorHost {
  post(message: InspectorToHost): void;
  getState(): unknown;
  setState(state: InspectorState): void;
}

const MAX_MESSAGE = 2000;

/** The inspector's page. It renders what the host sends, and asks for nothing but what its buttons say. */
export class InspectorPage {
  #trusted = true;
  #table = new TensorTable();
  #grid: TensorGrid | undefined;
  #file: InspectedFile | undefined;
  #state: InspectorState;
  readonly #title = element('h1');
  readonly #summary = element('p', { class: 'quiet' });
  readonly #progress = element('div', { class: 'progress', attributes: { role: 'progressbar' } });
  readonly #notices = element('div', { class: 'notices' });
  readonly #metadata = element('div');
  readonly #analyze = element('div', { class: 'actions' });
  readonly #count = element('span', { class: 'quiet count', attributes: { role: 'status' } });
  readonly #search = element('input', { class: 'search', attributes: { type: 'text', spellcheck: 'false' } });
  readonly #list = element('div', { class: 'list' });

  constructor(
    private readonly root: HTMLElement,
    private readonly host: InspectorHost,
  ) {
    this.#state = parseState(host.getState());
    this.#search.addEventListener('input', () => this.#change({ search: this.#search.value }));
    this.#search.addEventListener('keydown', (event) => {
      if (event.key !== 'ArrowDown') return;
      event.preventDefault();
      this.#grid?.root.focus({ preventScroll: true });
    });
  }

  handle(message: HostToInspector): void {
    switch (message.type) {
      case 'init':
        return this.#init(message);
      case 'trusted':
        this.#trusted = true;
        return this.#drawHead();
      case 'loading':
        show(this.#progress, true);
        return;
      case 'file':
        return this.#open(message.file);
      case 'tensors':
        return this.#append(message.columns);
      case 'failed':
        return this.#fail(message.error);
    }
  }

  #init(message: Extract<HostToInspector, { type: 'init' }>): void {
    setTranslations(message.translations);
    this.#trusted = message.trusted;
    this.#title.textContent = visibleText(message.fileName);
    this.#title.title = visibleText(message.path, MAX_MESSAGE);
    this.#search.value = this.#state.search;
    this.#search.placeholder = text('searchHint');
    this.#search.setAttribute('aria-label', text('search'));
    this.#progress.setAttribute('aria-label', text('loading'));
    show(this.#list, false);
    const tools = element('div', {
      class: 'tools',
      attributes: { role: 'search' },
      children: [this.#search, this.#count],
    });
    const words = element('div', { class: 'words', children: [this.#title, this.#summary] });
    this.root.replaceChildren(
      this.#progress,
      element('header', { children: [words, this.#analyze] }),
      this.#notices,
      this.#metadata,
      this.#list,
    );
    this.#list.replaceChildren(tools);
  }

  #open(file: InspectedFile): void {
    this.#file = file;
    this.#table = new TensorTable();
    const focused = this.#grid?.root === document.activeElement;
    this.#grid?.root.remove();
    this.#grid?.message.remove();
    this.#grid = new TensorGrid(
      this.#table,
      (key) => this.#change({ sort: nextSort(this.#state.sort, key) }),
      // While rows are still coming, the browser moves the list by itself: that is not what a person chose.
      (scrollTop) => this.#isWhole() && this.#keep({ scrollTop }),
    );
    this.#list.append(this.#grid.root, this.#grid.message);
    show(this.#list, true);
    if (focused) this.#grid.root.focus();
    this.#drawHead();
    const metadata = metadataSection(file);
    this.#metadata.replaceChildren(...(metadata === undefined ? [] : [metadata]));
    this.#append({ names: [], dtypes: [], shapes: [], bytes: [] });
  }

  #append(columns: TensorColumns): void {
    this.#table.append(columns);
    this.#drawList();
    if (!this.#isWhole()) return;
    show(this.#progress, false);
    this.#grid?.scrollTo(this.#state.scrollTop);
  }

  #isWhole(): boolean {
    return this.#table.size === this.#file?.tensorCount;
  }

  #fail(error: ErrorText): void {
    this.#file = undefined;
    show(this.#progress, false);
    show(this.#list, false);
    this.#summary.textContent = '';
    this.#metadata.replaceChildren();
    this.#analyze.replaceChildren();
    // The page is about one file: its name stands above.
    const { file: _file, ...rest } = error;
    const words = visibleText(errorLine(rest), MAX_MESSAGE);
    const actions = [button('primary', text('tryAgain'), () => this.host.post({ type: 'retry' }))];
    if (error.code === 'lfs-pointer') {
      actions.push(button('secondary', text('openAsText'), () => this.host.post({ type: 'openAsText' })));
    }
    actions.push(button('secondary', text('showLog'), () => this.host.post({ type: 'showLog' })));
    this.#notices.replaceChildren(notice('error', text('failed'), words, ...actions));
  }

  /** Title line, notices and the Analyze button. */
  #drawHead(): void {
    const file = this.#file;
    if (file === undefined) return;
    this.#summary.textContent = summaryLine(file);
    const shown = notices(file);
    this.#analyze.replaceChildren();
    if (file.adapter !== null && file.declined === null) {
      const analyze = button('primary', text('analyze'), () => this.host.post({ type: 'analyze' }));
      analyze.disabled = !this.#trusted;
      this.#analyze.append(analyze);
      if (!this.#trusted) shown.unshift(this.#restricted());
    }
    this.#notices.replaceChildren(...shown);
  }

  #restricted(): HTMLElement {
    const manage = button('secondary', text('manageTrust'), () => this.host.post({ type: 'manageTrust' }));
    const why = text('restrictedWhy');
    return notice('info', text('restricted'), why, manage);
  }

  #drawList(): void {
    const { search, sort } = this.#state;
    const rows = this.#table.view(search, sort);
    this.#grid?.show(rows, sort);
    const size = formatBytes(this.#table.bytesOf(rows));
    this.#count.textContent =
      rows.length === this.#table.size
        ? ''
        : text('shown', rows.length.toLocaleString(), this.#table.size.toLocaleString(), size);
  }

  #change(change: Partial<InspectorState>): void {
    this.#keep({ ...change, scrollTop: 0 });
    this.#drawList();
    this.#grid?.scrollTo(0);
  }

  #keep(change: Partial<InspectorState>): void {
    this.#state = { ...this.#state, ...change };
    this.host.setState(this.#state);
  }
}

/** A column goes ascending, descending, then back to the order of the file. Sizes are wanted largest first. */
export function nextSort(sort: Sort, key: SortKey): Sort {
  const first = key === 'bytes' || key === 'shape';
  if (sort.key !== key) return { key, descending: first };
  return sort.descending === first ? { key, descending: !first } : { key: 'file', descending: false };
}

/** The state of an earlier page; what is not ours is left out. */
export function parseState(state: unknown): InspectorState {
  const given: Partial<Record<keyof InspectorState, unknown>> =
    typeof state === 'object' && state !== null ? state : {};
  const sort: Partial<Record<keyof Sort, unknown>> =
    typeof given.sort === 'object' && given.sort !== null ? given.sort : {};
  return {
    search: typeof given.search === 'string' ? given.search : '',
    sort: { key: SORT_KEYS.find((key) => key === sort.key) ?? 'file', descending: sort.descending === true },
    scrollTop: typeof given.scrollTop === 'number' ? given.scrollTop : 0,
  };
}
