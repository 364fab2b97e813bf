import type { ScaleMode } from '../../core/ediem/types';
import { renderError, toErrorData } from '../../core/errors';
import type { SelectionOptions } from '../../core/selection/types';
import type { HostToPanel, PanelLoadCheck, PanelToHost } from '../../protocol/panel';
import type { AnalysisStore } from '../state/analysisStore';
import type { AdapterState } from '../state/types';
import type { PanelActions } from './actions';
import { BehaviorNews } from '../behavior/behaviorNews';
import type { Measurements } from '../behavior/measurements';
import { RepairNews } from '../repair/repairNews';
import { repairsOfRun } from '../repair/repairsOfRun';
import { areOfOneRun } from '../state/runSteps';
import { HeadlineNews } from './headlineNews';
import type { Repairs } from '../repair/repairs';
import { panelDocument } from '../../protocol/panelDocument';
import { measuredRows, NO_SELECTION, panelRun } from './derive';
import { parsePanelMessage } from '../pageMessages';
import { PageSession, type PageParts } from '../pageSession';
import type { Translate } from '../../core/message';

/** A restored page waits this long for its adapter to be found before it shows the empty state. */
const UNKNOWN_GRACE_MS = 2000;

export interface SessionParts extends PageParts<HostToPanel> {
  readonly store: Pick<
    AnalysisStore,
    | 'get'
    | 'onDidChange'
    | 'adapters'
    | 'setSelection'
    | 'pin'
    | 'setPins'
    | 'resetSelection'
    | 'undoSelection'
    | 'redoSelection'
  >;
  readonly measurements: Pick<Measurements, 'get' | 'onDidChange'>;
  readonly repairs: Pick<Repairs, 'get' | 'onDidChange'>;
  readonly actions: PanelActions;
  readonly init: Extract<HostToPanel, { type: 'init' }>;
  readonly trusted: () => boolean;
  /** The scale of a running analysis. */
  readonly scale: () => ScaleMode;
  readonly translate: Translate;
  /** A path as a user reads it. */
  readonly shownPath: (path: string) => string;
}

/** What the page has, so that nothing is sent twice. */
interface Sent {
  init: boolean;
  trusted: boolean;
  state: AdapterState | null;
  /** Changed by the page itself or sent to it. */
  selection: SelectionOptions | null;
  measured: number;
  loadCheck: PanelLoadCheck;
  readonly behavior: BehaviorNews;
  readonly repair: RepairNews;
  readonly headline: HeadlineNews;
}

/**
 * The host side of one panel: answers requests, and keeps the page in sync with the store. Sends only what changed, one
 * message at a time; changes during a send are collected.
 */
export class PanelSession extends PageSession<PanelToHost, SessionParts> {
  readonly #adapter: string;
  readonly #closed = new AbortController();
  #loadCheck: PanelLoadCheck = NOT_CHECKED;
  /** What the load check is based on: it is out of date when this changes. */
  #checkedState: AdapterState | null = null;
  #sending = false;
  #again = false;
  #sent: Sent = nothingSent();
  /** Counts the selections that were sent. */
  #revision = 0;
  #reveal: string | undefined;
  #grace: ReturnType<typeof setTimeout> | undefined;
  #graceOver = false;

  constructor(parts: SessionParts) {
    super(parts, parsePanelMessage);
    this.#adapter = parts.init.adapter;
    const isOurs = (adapter?: string): boolean => adapter === undefined || adapter === this.#adapter;
    const isOfRun = (adapter?: string): boolean =>
      isOurs(adapter) || (adapter !== undefined && areOfOneRun(adapter, this.#adapter));
    this._register(parts.store.onDidChange((adapter) => isOfRun(adapter) && this.#push()));
    this._register(parts.measurements.onDidChange((adapter) => isOurs(adapter) && this.#push()));
    this._register(parts.repairs.onDidChange((adapter) => isOurs(adapter) && this.#push()));
    this._register({ dispose: () => clearTimeout(this.#grace) });
    this._register({ dispose: () => this.#closed.abort() });
  }

  /** Brings a module into view once the page listens. */
  reveal(module: string): void {
    this.#reveal = module;
    this.#push();
  }

  trustChanged(): void {
    this.#push();
  }

  protected answer(message: PanelToHost): unknown {
    const { actions, store } = this.parts;
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
      case 'undo':
      case 'redo':
      case 'unpinAll':
      case 'resetToRule':
        return this.#editSelection(message.type);
      case 'setOptions':
        return actions.setOptions(this.#adapter, message.change);
      case 'export':
        return actions.export(this.#adapter, message.format);
      case 'exportBehavior':
        return actions.exportBehavior(this.#adapter, message.format);
      case 'exportRepair':
        return actions.exportRepair(this.#adapter, message.format);
      case 'revealModule':
        return this.#known([message.module]).map((module) => actions.revealModule(this.#adapter, module))[0];
      case 'checkLoad':
        return this.#checkLoad();
      case 'explain':
        return actions.explain(message.term);
      case 'openSettings':
      case 'manageTrust':
      case 'showLog':
        return actions[message.type]();
      case 'analyze':
      case 'chooseModels':
      case 'measure':
      case 'cancelMeasure':
      case 'cancelRepair':
      case 'measureRepaired':
      case 'revealRepaired':
      case 'cancel':
      case 'write':
      case 'repair':
      case 'checkReport':
        return actions[message.type](this.#adapter);
    }
  }

  /** The page already shows the result, unless it did not know of a newer change, or the change is refused. */
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

  #editSelection(edit: 'undo' | 'redo' | 'unpinAll' | 'resetToRule'): unknown {
    const { store } = this.parts;
    switch (edit) {
      case 'undo':
        return store.undoSelection(this.#adapter);
      case 'redo':
        return store.redoSelection(this.#adapter);
      case 'unpinAll':
        return store.setPins(this.#adapter, NO_SELECTION.pins);
      case 'resetToRule':
        return store.resetSelection(this.#adapter);
    }
  }

  async #checkLoad(): Promise<void> {
    if (this.#loadCheck.kind === 'running') return;
    this.#checkedState = this.#state;
    this.#setLoadCheck({ kind: 'running' });
    try {
      const { modules, loaders, differences } = await this.parts.actions.checkLoad(
        this.#adapter,
        this.#closed.signal,
      );
      const counted = loaders.map(({ loader, verdict, attached, altered }) => ({
        loader,
        verdict,
        attached: attached.length + altered.length,
      }));
      const pairs = differences.map((difference) => difference.loaders);
      this.#setLoadCheck({ kind: 'done', modules, loaders: counted, differences: pairs });
    } catch (thrown) {
      this.#setLoadCheck({ kind: 'failed', error: renderError(toErrorData(thrown), this.parts.translate) });
    }
  }

  #setLoadCheck(check: PanelLoadCheck): void {
    this.#loadCheck = check;
    this.#push();
  }

  /** Without names that the adapter lacks: the page may be older than the result. */
  #known(modules: readonly string[]): string[] {
    const { document } = this.#state ?? { document: null };
    const names = new Set(document?.modules.map(({ module }) => module));
    return modules.filter((module) => names.has(module));
  }

  get #state(): AdapterState | null {
    return this.parts.store.get(this.#adapter) ?? null;
  }

  #start(): void {
    this.#sent = nothingSent();
    this.#grace ??= setTimeout(() => {
      this.#graceOver = true;
      this.#push();
    }, UNKNOWN_GRACE_MS);
    this.#push();
  }

  #push(): void {
    if (!this.isListening) return;
    this.#again = true;
    if (!this.#sending) this.#send().then(undefined, this.parts.onError);
  }

  /** Sends what changed, then what changed meanwhile. */
  async #send(): Promise<void> {
    this.#sending = true;
    try {
      while (this.#again && this.isListening) {
        this.#again = false;
        const sent = this.#sent;
        // The page may close or restart during a send: then everything is sent again, `init` first.
        const isThere = (): boolean => this.isListening && this.#sent === sent;
        // On its own, so that the page is built while the host puts a large result into columns.
        if (!sent.init) {
          sent.init = true;
          await this.parts.post(this.parts.init);
        }
        if (!isThere()) continue;
        const behavior = await this.#behaviorNews(sent);
        if (!isThere()) continue;
        for (const message of [...behavior, ...this.#news()]) {
          await this.parts.post(message);
          if (!isThere()) break;
          if (message.type === 'reveal' && message.module === this.#reveal) this.#reveal = undefined;
        }
      }
    } catch (thrown) {
      this.pageGone();
      // A panel closed during a send is not a failure.
      if (!this.isDisposed) throw thrown;
    } finally {
      this.#sending = false;
    }
  }

  async #behaviorNews({ behavior, repair }: Sent): Promise<readonly HostToPanel[]> {
    const { measurements, repairs, store, translate } = this.parts;
    const { evaluation, repair: repaired } = this.#state?.results ?? {};
    const measuring = measurements.get(this.#adapter);
    const repairing = repairs.get(this.#adapter);
    const news = await Promise.all([
      behavior.news(evaluation, measuring, translate),
      repair.news(repaired, repairing, translate),
      // Without a repair of its own, there is no place for them.
      repair.steps(repaired === undefined ? [] : repairsOfRun(store.adapters, this.#adapter)),
    ]);
    return news.flat();
  }

  /** What the page does not have yet besides `init`; marks it as sent. */
  #news(): HostToPanel[] {
    const state = this.#state;
    const { state: before, selection } = this.#sent;
    const news: HostToPanel[] = [];
    const trusted = this.parts.trusted();
    if (trusted !== this.#sent.trusted) news.push({ type: 'trust', trusted });
    this.#sent.trusted = trusted;
    const checked = this.#checkedState;
    const outdated = checked?.document !== state?.document || checked?.stale !== state?.stale;
    if (this.#loadCheck.kind === 'done' && outdated) this.#loadCheck = NOT_CHECKED;
    if (this.#loadCheck !== this.#sent.loadCheck) news.push({ type: 'loadCheck', check: this.#loadCheck });
    this.#sent.loadCheck = this.#loadCheck;
    if (state === null) return this.#graceOver ? [...news, ...this.#unknownNews()] : news;
    if (before?.document !== state.document) {
      const { translate, shownPath } = this.parts;
      const document = state.document === null ? null : panelDocument(state.document, translate, shownPath);
      news.push({ type: 'document', document, selection: state.selection, revision: ++this.#revision });
    } else if (selection !== state.selection) {
      news.push({ type: 'selection', selection: state.selection, revision: ++this.#revision });
    }
    if (before?.run !== state.run || before.stale !== state.stale) {
      news.push({ type: 'run', run: panelRun(state.run, this.parts.translate), stale: state.stale });
      for (const each of this.#measuredNews(state)) news.push(each);
    }
    for (const each of this.#sent.headline.news(state, this.parts.translate)) news.push(each);
    this.#sent.state = state;
    this.#sent.selection = state.selection;
    // Again until a page has it.
    if (this.#reveal !== undefined) news.push({ type: 'reveal', module: this.#reveal });
    return news;
  }

  /** New rows of a first analysis; if there is a result, the page shows that instead. */
  #measuredNews({ run, document }: AdapterState): HostToPanel[] {
    if (run.kind !== 'running' || document !== null) {
      this.#sent.measured = 0;
      return [];
    }
    const measured = run.measured ?? [];
    const from = measured.length < this.#sent.measured ? 0 : this.#sent.measured;
    this.#sent.measured = measured.length;
    if (measured.length === from) return [];
    return [{ type: 'measured', from, rows: measuredRows(measured.slice(from), this.parts.scale()) }];
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
  return {
    init: false,
    trusted: true,
    state: null,
    selection: null,
    measured: 0,
    loadCheck: NOT_CHECKED,
    behavior: new BehaviorNews(),
    repair: new RepairNews(),
    headline: new HeadlineNews(),
  };
}
