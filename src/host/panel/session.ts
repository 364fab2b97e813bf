import type { ScaleMode } from '../../core/ediem/types';
import type { HostToPanel, PanelToHost } from '../../protocol/panel';
import type { PanelLoadCheck } from '../../protocol/panelLoadCheck';
import { Disposable } from '../disposable';
import type { AdapterState, AnalysisStore } from '../state/types';
import type { PanelActions } from './actions';
import { LoadChecker } from './loadChecker';
import { measuredRows, NO_SELECTION, panelDocument, panelRun, panelSelection } from './derive';
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
  /** The last turn that it was told is heard. */
  heard: number;
  measured: number;
  loadCheck: PanelLoadCheck | null;
}

/**
 * One page's side of the host: answers what it asks, and keeps it in step with the store. Sends one change at a time
 * and only what changed: while one is under way, further changes add up.
 */
export class PanelSession extends Disposable {
  readonly #parts: SessionParts;
  readonly #adapter: string;
  readonly #loadCheck: LoadChecker;
  #listening = false;
  #sending = false;
  #again = false;
  #sent: Sent = nothingSent();
  /** Turn of the page's last change of the selection. */
  #heard = 0;
  #reveal: string | undefined;
  #grace: ReturnType<typeof setTimeout> | undefined;
  #graceOver = false;

  constructor(parts: SessionParts) {
    super();
    this.#parts = parts;
    this.#adapter = parts.init.adapter;
    this.#loadCheck = this._register(
      new LoadChecker({
        check: (signal) => parts.actions.checkLoad(this.#adapter, signal),
        watch: (onChange) => parts.actions.watchAdapter(this.#adapter, onChange),
        ground: () => this.#ground(),
        translate: parts.translate,
        onChange: () => this.#push(),
      }),
    );
    this._register(
      parts.store.onDidChange((adapter) => {
        if (adapter !== undefined && adapter !== this.#adapter) return;
        this.#loadCheck.compare();
        this.#push();
      }),
    );
    this._register({ dispose: () => clearTimeout(this.#grace) });
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
        return this.#setSelection(message);
      case 'pin':
        return store.pin(this.#adapter, this.#known(message.modules), message.verdict);
      case 'setOptions':
        return actions.setOptions(this.#adapter, message.change);
      case 'export':
        return actions.export(this.#adapter, message.format);
      case 'revealModule':
        return this.#known([message.module]).map((module) => actions.revealModule(this.#adapter, module))[0];
      case 'checkLoad':
        return this.#loadCheck.ask();
      case 'chooseModels':
        return this.#chooseModels();
      case 'openSettings':
      case 'manageTrust':
      case 'showLog':
        return actions[message.type]();
      case 'analyze':
      case 'cancel':
      case 'write':
      case 'checkReport':
        return actions[message.type](this.#adapter);
    }
  }

  /** The page waits for an answer even where the change changes nothing or is refused. */
  #setSelection({ change, turn }: Extract<PanelToHost, { type: 'setSelection' }>): void {
    this.#heard = turn;
    try {
      this.#parts.store.setSelection(this.#adapter, change);
    } finally {
      this.#push();
    }
  }

  /** Without a result, the load check compares names with the model that is chosen. */
  async #chooseModels(): Promise<void> {
    const chosen = await this.#parts.actions.chooseModels(this.#adapter);
    if (chosen !== undefined && this.#state?.document == null) this.#loadCheck.outdate();
  }

  /** What the load check stands on: the model, and the files as they were when they were analyzed. */
  #ground(): string {
    const { document, stale } = this.#state ?? { document: null, stale: null };
    return JSON.stringify([document?.aligned, document?.inputs, stale]);
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
    // Each page counts anew.
    this.#heard = 0;
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
    const heard = this.#heard;
    const { state: before, heard: told } = this.#sent;
    const news: HostToPanel[] = [];
    const trusted = this.#parts.trusted();
    if (trusted !== this.#sent.trusted) news.push({ type: 'trust', trusted });
    this.#sent.trusted = trusted;
    for (const each of this.#loadCheckNews()) news.push(each);
    if (state === null) return this.#graceOver ? [...news, ...this.#unknownNews()] : news;
    // `undefined` before the first time, which is no document's value.
    if (before?.document !== state.document) {
      const document = state.document === null ? null : panelDocument(state.document, this.#parts.translate);
      news.push({ type: 'document', document, selection: panelSelection(state), heard });
    } else if (told !== heard || before.selection !== state.selection || before.verdicts !== state.verdicts) {
      news.push({ type: 'selection', selection: panelSelection(state), heard });
    }
    if (before?.run !== state.run || before.stale !== state.stale) {
      news.push({ type: 'run', run: panelRun(state.run, this.#parts.translate), stale: state.stale });
      for (const each of this.#measuredNews(state)) news.push(each);
    }
    this.#sent.state = state;
    this.#sent.heard = heard;
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

  #loadCheckNews(): HostToPanel[] {
    const { state: check } = this.#loadCheck;
    if (check === null || check === this.#sent.loadCheck) return [];
    this.#sent.loadCheck = check;
    return [{ type: 'loadCheck', check }];
  }

  #unknownNews(): HostToPanel[] {
    return [
      { type: 'document', document: null, selection: NO_SELECTION, heard: this.#heard },
      { type: 'run', run: { kind: 'idle' }, stale: null },
    ];
  }
}

function nothingSent(): Sent {
  return { init: false, trusted: true, state: null, heard: 0, measured: 0, loadCheck: null };
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
