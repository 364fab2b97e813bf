import type { ErrorData } from '../../src/core/errors';
import { visibleText } from '../../src/core/report/escape';
import { formatBytes } from '../../src/core/report/scores';
import type { HostToInspector, InspectedFile, InspectorToHost } from '../../src/protocol/inspector';
import { button, element, translator, type Translate } from './dom';
import { TensorGrid } from './grid';
import { metadataSection, notice, notices, summaryLine } from './summary';
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
  #t: Translate = translator({});
  #trusted = true;
  #table = new TensorTable();
  #grid: TensorGrid | undefined;
  #file: InspectedFile | undefined;
  #state: InspectorState;
  readonly #title = element('h1');
  readonly #summary = element('p', { class: 'quiet' });
  readonly #progress = element('div', { class: 'progress', role: 'progressbar' });
  readonly #notices = element('div', { class: 'notices' });
  readonly #metadata = element('div');
  readonly #analyze = element('div', { class: 'actions' });
  readonly #count = element('span', { class: 'quiet count', role: 'status' });
  readonly #search = element('input', { class: 'search', type: 'text' });
  readonly #list = element('div', { class: 'list' });

  constructor(
    private readonly root: HTMLElement,
    private readonly host: InspectorHost,
  ) {
    this.#state = parseState(host.getState());
    this.#search.addEventListener('input', () => this.#change({ search: this.#search.value, scrollTop: 0 }));
    this.#search.addEventListener('keydown', (event) => {
      if (event.key === 'ArrowDown') this.#grid?.root.focus();
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
        this.#progress.hidden = false;
        return;
      case 'file':
        return this.#open(message.file);
      case 'tensors':
        this.#table.append(message.columns);
        return this.#drawList();
      case 'failed':
        return this.#fail(message.error);
    }
  }

  #init(message: Extract<HostToInspector, { type: 'init' }>): void {
    this.#t = translator(message.translations);
    this.#trusted = message.trusted;
    this.#title.textContent = visibleText(message.fileName);
    this.#title.title = visibleText(message.path, MAX_MESSAGE);
    this.#search.value = this.#state.search;
    this.#search.placeholder = this.#t('Search name, type or shape');
    this.#search.setAttribute('aria-label', this.#t('Search tensors'));
    this.#progress.setAttribute('aria-label', this.#t('Reading the header'));
    this.#list.hidden = true;
    const tools = element('div', { class: 'tools', role: 'search' }, this.#search, this.#count);
    const words = element('div', { class: 'words' }, this.#title, this.#summary);
    this.root.replaceChildren(
      this.#progress,
      element('header', {}, words, this.#analyze),
      this.#notices,
      this.#metadata,
      this.#list,
    );
    this.#list.replaceChildren(tools);
  }

  #open(file: InspectedFile): void {
    this.#file = file;
    this.#progress.hidden = true;
    this.#table = new TensorTable();
    this.#grid?.root.remove();
    this.#grid = new TensorGrid(
      this.#table,
      this.#t,
      (key) => this.#change({ sort: nextSort(this.#state.sort, key) }),
      (scrollTop) => this.#keep({ scrollTop }),
    );
    this.#list.append(this.#grid.root);
    this.#list.hidden = false;
    this.#drawHead();
    const metadata = metadataSection(file, this.#t);
    this.#metadata.replaceChildren(...(metadata === undefined ? [] : [metadata]));
    this.#drawList();
  }

  #fail(error: ErrorData): void {
    this.#file = undefined;
    this.#progress.hidden = true;
    this.#list.hidden = true;
    this.#summary.textContent = '';
    this.#metadata.replaceChildren();
    this.#analyze.replaceChildren();
    const t = this.#t;
    const text = [error.message, error.tensor, error.advice]
      .filter((part) => part !== undefined)
      .map((part) => visibleText(part, MAX_MESSAGE))
      .join(' ');
    const actions = [button('primary', t('Try Again'), () => this.host.post({ type: 'retry' }))];
    if (error.code === 'lfs-pointer') {
      actions.push(button('secondary', t('Open as Text'), () => this.host.post({ type: 'openAsText' })));
    }
    actions.push(button('secondary', t('Show Log'), () => this.host.post({ type: 'showLog' })));
    this.#notices.replaceChildren(notice('error', t('This file cannot be read.'), text, ...actions));
  }

  /** Title line, notices and the Analyze button. */
  #drawHead(): void {
    const file = this.#file;
    if (file === undefined) return;
    const t = this.#t;
    this.#summary.textContent = summaryLine(file, t);
    const shown = notices(file, t);
    this.#analyze.replaceChildren();
    if (file.adapter !== null && file.declined === null) {
      const analyze = button('primary', t('Analyze'), () => this.host.post({ type: 'analyze' }));
      analyze.disabled = !this.#trusted;
      this.#analyze.append(analyze);
      if (!this.#trusted) shown.unshift(this.#restricted());
    }
    this.#notices.replaceChildren(...shown);
  }

  #restricted(): HTMLElement {
    const t = this.#t;
    const manage = button('secondary', t('Manage Workspace Trust'), () =>
      this.host.post({ type: 'manageTrust' }),
    );
    const why = t(
      'The file can be inspected; scoring it needs a trusted workspace, because it reads model files that the folder names.',
    );
    return notice('info', t('Restricted Mode.'), why, manage);
  }

  #drawList(): void {
    const { search, sort, scrollTop } = this.#state;
    const rows = this.#table.view(search, sort);
    this.#grid?.show(rows, sort);
    this.#grid?.scrollTo(scrollTop);
    const size = formatBytes(this.#table.bytesOf(rows));
    this.#count.textContent =
      rows.length === this.#table.size
        ? ''
        : this.#t('{0} of {1} · {2}', rows.length.toLocaleString(), this.#table.size.toLocaleString(), size);
  }

  #change(change: Partial<InspectorState>): void {
    this.#keep(change);
    this.#drawList();
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
