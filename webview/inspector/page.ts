import type { ErrorText } from '../../src/core/errors';
import { isRecord } from '../../src/core/record';
import { visibleText } from '../../src/core/report/escape';
import { formatBytes } from '../../src/core/report/scores';
import type {
  HostToInspector,
  InspectedFile,
  InspectorToHost,
  TensorColumns,
} from '../../src/protocol/inspector';
import { postButton, textField } from '../controls';
import { element, setText, show } from '../dom';
import { Notice } from '../notice';
import type { Init, PageOf, Shell } from '../shell';
import { text } from '../strings';
import { parseSort, sortRows, type Sort } from '../table/rows';
import { Table } from '../table/table';
import { metadataSection, notices, summaryLine } from './summary';
import { TENSOR_COLUMNS, Tensors } from './tensors';

/** What a reload of the window restores. */
interface InspectorState {
  readonly search: string;
  readonly sort: Sort;
  readonly scrollTop: number;
}

/** No column has this id: the order of the file. */
const FILE_ORDER: Sort = { column: 'file', descending: false };

/** The inspector: what a file is, and its tensors. */
export class InspectorPage implements PageOf<Exclude<HostToInspector, Init>> {
  readonly element: HTMLElement;
  readonly #shell: Shell<InspectorToHost>;
  readonly #summary = element('p', { class: 'path' });
  readonly #progress = element('div', {
    class: 'loading',
    role: 'progressbar',
    'aria-label': text('loading'),
  });
  readonly #notices = element('div', { class: 'notices' });
  readonly #metadata = element('div');
  readonly #actions = element('div', { class: 'actions' });
  readonly #count = element('span', { class: 'counts', role: 'status' });
  readonly #list = element('section', {
    class: 'modules tensors',
    'aria-label': text('tensors'),
    hidden: true,
  });
  readonly #empty = element('p', { class: 'note table-empty', hidden: true }, text('noMatch'));
  #trusted: boolean;
  #file: InspectedFile | undefined;
  readonly #tensors = new Tensors();
  readonly #table: Table<Tensors>;
  #rows: readonly number[] = [];
  #active = -1;
  #state: InspectorState;

  constructor(init: Extract<HostToInspector, Init>, shell: Shell<InspectorToHost>) {
    this.#shell = shell;
    this.#trusted = init.trusted;
    this.#state = parseState(shell.state());
    this.#table = this.#makeTable();
    const field = this.#makeSearch();
    const title = element('h1', { title: visibleText(init.path, 2000) }, visibleText(init.fileName));
    this.element = element(
      'main',
      { class: 'inspector' },
      this.#progress,
      element('header', {}, element('div', { class: 'titles' }, title, this.#summary), this.#actions),
      this.#notices,
      this.#metadata,
      this.#list,
    );
    const toolbar = element('div', { class: 'toolbar', role: 'search' }, field, this.#count);
    this.#list.append(toolbar, this.#table.element, this.#empty);
  }

  receive(message: Exclude<HostToInspector, Init>): void {
    switch (message.type) {
      case 'trusted':
        this.#trusted = true;
        return this.#drawHead();
      case 'loading':
        return show(this.#progress, true);
      case 'file':
        return this.#open(message.file);
      case 'tensors':
        return this.#append(message.columns);
      case 'failed':
        return this.#fail(message.error);
    }
  }

  #open(file: InspectedFile): void {
    this.#file = file;
    this.#tensors.clear();
    this.#active = -1;
    show(this.#list, true);
    this.#drawHead();
    this.#metadata.replaceChildren(...metadataSection(file));
    this.#find();
    this.#showWhole();
  }

  #makeSearch(): HTMLElement {
    const made = textField({
      label: text('search'),
      placeholder: text('searchHint'),
      when: 'input',
      onChange: (search) => this.#change({ search }),
    });
    made.show(this.#state.search);
    const { field } = made;
    field.classList.add('wide-field');
    field.addEventListener('keydown', (event) => {
      if (event.key !== 'ArrowDown') return;
      event.preventDefault();
      this.#table.element.focus({ preventScroll: true });
    });
    return field;
  }

  #makeTable(): Table<Tensors> {
    return new Table({
      model: this.#tensors,
      label: text('tensors'),
      multiselectable: false,
      active: () => this.#active,
      isSelected: (index) => index === this.#active,
      onSort: ({ id, largestFirst = false }) =>
        this.#change({ sort: nextSort(this.#state.sort, id, largestFirst) }),
      onChoose: (index) => {
        this.#active = index;
        this.#drawList();
      },
      onKey: (event) => {
        if (!(event.ctrlKey || event.metaKey) || event.key !== 'c') return;
        const name = this.#tensors.names[this.#active];
        // Without permission to write the clipboard nothing is copied, as in any list that cannot copy.
        if (name !== undefined && (document.getSelection()?.isCollapsed ?? true))
          void navigator.clipboard.writeText(name).catch(() => undefined);
      },
      // While rows still arrive, the browser scrolls by itself: that is not the user's position.
      onScroll: (scrollTop) => this.#isWhole && this.#keep({ scrollTop }),
    });
  }

  #append(columns: TensorColumns): void {
    this.#tensors.append(columns);
    this.#find();
    this.#showWhole();
  }

  /** Once all rows are there, the list can be scrolled to where it was. */
  #showWhole(): void {
    if (!this.#isWhole) return;
    show(this.#progress, false);
    this.#table.element.scrollTop = this.#state.scrollTop;
  }

  get #isWhole(): boolean {
    return this.#tensors.size === this.#file?.tensorCount;
  }

  #fail(error: ErrorText): void {
    this.#file = undefined;
    show(this.#progress, false);
    show(this.#list, false);
    setText(this.#summary, '');
    this.#metadata.replaceChildren();
    this.#actions.replaceChildren();
    const actions = [postButton(this.#shell.post, 'tryAgain', 'retry', true)];
    if (error.code === 'lfs-pointer') actions.push(postButton(this.#shell.post, 'openAsText', 'openAsText'));
    const notice = new Notice('error', text('unreadable'), [
      ...actions,
      postButton(this.#shell.post, 'showLog', 'showLog'),
    ]);
    // The page is about one file, which the title names.
    const { file: _file, ...rest } = error;
    notice.showError(rest);
    this.#notices.replaceChildren(notice.element);
  }

  /** Title line, notices and the Analyze button. */
  #drawHead(): void {
    const file = this.#file;
    if (file === undefined) return;
    setText(this.#summary, summaryLine(file));
    const shown = notices(file);
    this.#actions.replaceChildren();
    if (file.adapter !== null && file.declined === null) {
      const analyze = postButton(this.#shell.post, 'analyze', 'analyze', true);
      analyze.disabled = !this.#trusted;
      this.#actions.append(analyze);
      if (!this.#trusted) shown.unshift(this.#restricted());
    }
    this.#notices.replaceChildren(...shown.map((notice) => notice.element));
  }

  #restricted(): Notice {
    const actions = [postButton(this.#shell.post, 'manageTrust', 'manageTrust')];
    return new Notice('info', text('restricted'), actions).show([text('inspectorRestrictedWhy')]);
  }

  /** Searches and sorts again. */
  #find(): void {
    const { search, sort } = this.#state;
    const tensors = this.#tensors;
    const column = TENSOR_COLUMNS.find(({ id }) => id === sort.column);
    this.#rows = sortRows(tensors.find(search), tensors, column, sort.descending);
    if (!this.#rows.includes(this.#active)) this.#active = this.#rows[0] ?? -1;
    const { length } = this.#rows;
    show(this.#empty, length === 0 && tensors.size > 0);
    const size = formatBytes(tensors.bytesOf(this.#rows));
    const counts = text('shown', length.toLocaleString(), tensors.size.toLocaleString(), size);
    setText(this.#count, length === tensors.size ? '' : counts);
    this.#drawList();
  }

  #drawList(): void {
    this.#table.show(TENSOR_COLUMNS, this.#rows, this.#state.sort);
  }

  #change(change: Partial<InspectorState>): void {
    this.#keep({ ...change, scrollTop: 0 });
    this.#find();
    this.#table.element.scrollTop = 0;
  }

  #keep(change: Partial<InspectorState>): void {
    this.#state = { ...this.#state, ...change };
    this.#shell.keep(this.#state);
  }
}

/** A first click sorts by a column, a second reverses, a third returns to the order of the file. */
function nextSort(sort: Sort, column: string, largestFirst: boolean): Sort {
  if (sort.column !== column) return { column, descending: largestFirst };
  return sort.descending === largestFirst ? { column, descending: !largestFirst } : FILE_ORDER;
}

function parseState(state: unknown): InspectorState {
  const { search, sort, scrollTop }: Partial<Record<string, unknown>> = isRecord(state) ? state : {};
  return {
    search: typeof search === 'string' ? search : '',
    sort: parseSort(sort, TENSOR_COLUMNS) ?? FILE_ORDER,
    scrollTop: typeof scrollTop === 'number' ? scrollTop : 0,
  };
}
