import type { ScaleMode } from '../../core/ediem/types';
import { renderError, toErrorData } from '../../core/errors';
import type { SelectionOptions } from '../../core/selection/types';
import type { HostToPanel, PanelLoadCheck, PanelToHost } from '../../protocol/panel';
import { Disposable } from '../disposable';
import type { AdapterState, AnalysisStore } from '../state/types';
import type { PanelActions } from './actions';
import { measuredRows, NO_SELECTION, panelDocument, panelRun } from './derive';
import { parsePanelMessage } from './messages';
import type { Translate } from '../../core/message';

/** A page that is restored with the window waits this long for its adapter to be found before it says that it is new. */
const UNKNOWN_GRACE_MS = 2000;

export interface SessionParts {
  readonly store: Pick<AnalysisStore, 'get' | 'onDidChange' | 'setSelection' | 'pin'>;
  readonly actions: PanelActions;
  /** Sends to the page; resolves when it has arrived. */
  readonly post: (message: HostToPanel) => PromiseLike<unknown>;
  /** What the page is told first. */
  readonly init: Extract<HostToPanel, { type: 'init' }>;
  /** Whether the workspace is trusted now. */
  readonly trusted: () => boolean;
  /** The scale that a running analysis scores with. */
  readonly scale: () => ScaleMode;
  /** Into the language of the window. */
  readonly translate: Translate;
  /** Hears what went wrong in an action. */
  readonly onError: (thrown: unknown) => void;
}

/** What the page has been sent, so that nothing is sent twice. */
interface Sent {
  init: boolean;
  trusted: boolean;
  state: AdapterState | null;
  /** The selection that the page has, by its own hand or from here. */
  selection: SelectionOptions | null;
  measured: number;
  loadCheck: PanelLoadCheck;
}

/**
 * One page's side of the host: answers what it asks, and keeps it in step with the store. Sends one change at a time
 * and only what changed: while one is under way, further changes add up.
 */
export class PanelSession extends Disposable {
  readonly #parts: SessionParts;
  readonly #adapter: string;
  readonly #closed = new AbortController();
  #loadCheck: PanelLoadCheck = NOT_CHECKED;
  /** What the load check is about: it is out of date when the result changes. */
  #checkedState: AdapterState | null = null;
  #listening = false;
  #sending = false;
  #again = false;
  #sent: Sent = nothingSent();
  /** Counts the selections that were sent. */
  #revision = 0;
  #reveal: string | undefined;
  #grace: ReturnType<typeof setTimeout> | undefined;
  #graceOver = false;

  constructor(parts: SessionParts) {
    super();
    this.#parts = parts;
    this.#adapter = parts.init.adapter;
    this._register(
      parts.store.onDidChange((adapter) => {
        if (adapter !== undefined && adapter !== this.#adapter) return;
        this.#push();
      }),
    );
    this._register({ dispose: () => clearTimeout(this.#grace) });
    this._register({ dispose: () => this.#closed.abort() });
  }

  /** Brings a module into view, now or as soon as the page listens. */
  reveal(module: string): void {
    this.#reveal = module;
    this.#push();
  }

  /** The workspace has become trusted. */
  trustChanged(): void {
    this.#push();
  }

  /** The page is gone (hidden panels lose theirs) until it says `ready` again. */
  pageGone(): void {
    this.#listening = false;
  }

  /** Takes a message of the page; what is none of ours is dropped. */
  receive(raw: unknown): void {
    const message = parsePanelMessage(raw);
    if (message === null || this.isDisposed) return;
    try {
      const doing = this.#do(message);
      if (isPromiseLike(doing)) doing.then(undefined, this.#parts.onError);
    } catch (thrown) {
      this.#parts.onError(thrown);
    }
  }

  #do(message: PanelToHost): unknown {
    const { actions, store } = this.#parts;
    switch (message.type) {
      case 'ready':
        return this.#start();
      case 'setSelection':
        return this.#changeSelection(message.revision, () =>
          store.setSelection(this.#adapter, message.change),
        );
      case 'pin':
        return this.#changeSelection(message.revision, () =>
          store.pin(this.#adapter, this.#known(message.modules), message.verdict),
        );
      case 'setOptions':
        return actions.setOptions(this.#adapter, message.change);
      case 'export':
        return actions.export(this.#adapter, message.format);
      case 'revealModule':
        return this.#known([message.module]).map((module) => actions.revealModule(this.#adapter, module))[0];
      case 'checkLoad':
        return this.#checkLoad();
      case 'chooseModels':
        return actions.chooseModels(this.#adapter);
      case 'openSettings':
      case 'manageTrust':
      case 'showLog':
        return actions[message.type]();
      case 'analyze':
      case 'cancel':
      case 'write':
      case 'repair':
      case 'checkReport':
        return actions[message.type](this.#adapter);
    }
  }

  /** The page shows the result already, unless it made the change before it heard of another, or it is refused. */
  #changeSelection(revision: number, change: () => void): void {
    const selection = (): SelectionOptions | null => this.#state?.selection ?? null;
    const isKnown = revision === this.#revision && this.#sent.selection === selection();
    this.#sent.selection = null;
    try {
      change();
      if (isKnown) this.#sent.selection = selection();
    } finally {
      this.#push();
    }
  }

  async #checkLoad(): Promise<void> {
    if (this.#loadCheck.kind === 'running') return;
    this.#checkedState = this.#state;
    this.#setLoadCheck({ kind: 'running' });
    try {
      const { modules, loaders } = await this.#parts.actions.checkLoad(this.#adapter, this.#closed.signal);
      this.#setLoadCheck({
        kind: 'done',
        modules,
        loaders: loaders.map(({ loader, verdict, attached }) => ({
          loader,
          verdict,
          attached: attached.length,
        })),
      });
    } catch (thrown) {
      this.#setLoadCheck({ kind: 'failed', error: renderError(toErrorData(thrown), this.#parts.translate) });
    }
  }

  #setLoadCheck(check: PanelLoadCheck): void {
    this.#loadCheck = check;
    this.#push();
  }

  /** Names that are the adapter's: a page may be older than the result. */
  #known(modules: readonly string[]): string[] {
    const { document } = this.#state ?? { document: null };
    const names = new Set(document?.modules.map(({ module }) => module));
    return modules.filter((module) => names.has(module));
  }

  get #state(): AdapterState | null {
    return this.#parts.store.get(this.#adapter) ?? null;
  }

  #start(): void {
    this.#listening = true;
    this.#sent = nothingSent();
    this.#grace ??= setTimeout(() => {
      this.#graceOver = true;
      this.#push();
    }, UNKNOWN_GRACE_MS);
    this.#push();
  }

  #push(): void {
    if (!this.#listening || this.isDisposed) return;
    this.#again = true;
    if (!this.#sending) this.#send().then(undefined, this.#parts.onError);
  }

  /** Asked before each message: the panel may have been closed while the last one was under way. */
  #mayPost(): boolean {
    return this.#listening && !this.isDisposed;
  }

  /** Sends news, then what became news meanwhile. */
  async #send(): Promise<void> {
    this.#sending = true;
    try {
      while (this.#again && this.#mayPost()) {
        this.#again = false;
        const sent = this.#sent;
        // The page may go while something is on its way to it, or begin anew: then all comes again, `init` first.
        const isThere = (): boolean => this.#mayPost() && this.#sent === sent;
        // By itself, so that the page is built while the host puts a large result into columns.
        if (!sent.init) await this.#sendInit(sent);
        if (!isThere()) continue;
        for (const message of this.#news()) {
          await this.#parts.post(message);
          if (!isThere()) break;
          if (message.type === 'reveal' && message.module === this.#reveal) this.#reveal = undefined;
        }
      }
    } catch (thrown) {
      this.#listening = false;
      // A panel that is closed while something is sent to it is no failure.
      if (!this.isDisposed) throw thrown;
    } finally {
      this.#sending = false;
    }
  }

  async #sendInit(sent: Sent): Promise<void> {
    sent.init = true;
    await this.#parts.post(this.#parts.init);
  }

  /** What the page does not know yet besides `init`; marks it as sent. */
  #news(): HostToPanel[] {
    const state = this.#state;
    const { state: before, selection } = this.#sent;
    const news: HostToPanel[] = [];
    const trusted = this.#parts.trusted();
    if (trusted !== this.#sent.trusted) news.push({ type: 'trust', trusted });
    this.#sent.trusted = trusted;
    const checked = this.#checkedState;
    if (
      this.#loadCheck.kind === 'done' &&
      (checked?.document !== state?.document || checked?.stale !== state?.stale)
    )
      this.#loadCheck = NOT_CHECKED;
    if (this.#loadCheck !== this.#sent.loadCheck) news.push({ type: 'loadCheck', check: this.#loadCheck });
    this.#sent.loadCheck = this.#loadCheck;
    if (state === null) return this.#graceOver ? [...news, ...this.#unknownNews()] : news;
    // `undefined` before the first time, which is no document's value.
    if (before?.document !== state.document) {
      const document = state.document === null ? null : panelDocument(state.document, this.#parts.translate);
      news.push({ type: 'document', document, selection: state.selection, revision: ++this.#revision });
    } else if (selection !== state.selection) {
      news.push({ type: 'selection', selection: state.selection, revision: ++this.#revision });
    }
    if (before?.run !== state.run || before.stale !== state.stale) {
      news.push({ type: 'run', run: panelRun(state.run, this.#parts.translate), stale: state.stale });
      for (const each of this.#measuredNews(state)) news.push(each);
    }
    this.#sent.state = state;
    this.#sent.selection = state.selection;
    // Until a page has it: it is not lost with one that goes.
    if (this.#reveal !== undefined) news.push({ type: 'reveal', module: this.#reveal });
    return news;
  }

  /** Rows of a first analysis that came since the last time; while there is a result, the page shows that. */
  #measuredNews({ run, document }: AdapterState): HostToPanel[] {
    if (run.kind !== 'running' || document !== null) {
      this.#sent.measured = 0;
      return [];
    }
    const measured = run.measured ?? [];
    const from = measured.length < this.#sent.measured ? 0 : this.#sent.measured;
    this.#sent.measured = measured.length;
    if (measured.length === from) return [];
    return [{ type: 'measured', from, rows: measuredRows(measured.slice(from), this.#parts.scale()) }];
  }

  #unknownNews(): HostToPanel[] {
    return [
      { type: 'document', document: null, selection: NO_SELECTION, revision: ++this.#revision },
      { type: 'run', run: { kind: 'idle' }, stale: null },
    ];
  }
}

const NOT_CHECKED: PanelLoadCheck = { kind: 'none' };

function nothingSent(): Sent {
  return { init: false, trusted: true, state: null, selection: null, measured: 0, loadCheck: NOT_CHECKED };
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
