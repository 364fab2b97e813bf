import * as path from 'node:path';
import * as vscode from 'vscode';
import type { AnalysisDocument } from '../../core/report/analysis';
import { Disposable } from '../disposable';
import type { Log } from '../log';
import { ADAPTER_CONFIG, ADAPTER_WEIGHTS_GLOB } from '../ids';
import type { AdapterStore } from './analysisStore';
import { atMost } from './atMost';
import { translate } from '../format';
import { KeptResults } from './keptResults';
import { NewPlaces } from './newPlaces';
import type { ResultCache } from './resultCache';

/** More adapters than a person looks through; a run of a thousand checkpoints is still whole. */
const MAX_ADAPTERS = 5000;
/**
 * How long showing a result waits for its file: 224 modules are written in some ten milliseconds, 10,000 in a few
 * hundred; only a disk that does not answer takes longer.
 */
const KEEP_FIRST_MS = 2000;
/** File events come in bursts while a trainer writes; their effect is looked at once they rest. */
const SETTLE_MS = 300;

/** Fills the store: adapters of the workspace, results of earlier sessions, and what files tell when they change. */
export class AdapterLibrary extends Disposable {
  readonly #store: AdapterStore;
  readonly #cache: ResultCache;
  readonly #log: Log;
  readonly #kept: KeptResults;
  readonly #inputWatchers = new Map<string, vscode.Disposable>();
  readonly #scanned = this._register(new vscode.EventEmitter<void>());
  #scan: Promise<void> | undefined;
  #watches = false;
  #settle: NodeJS.Timeout | undefined;

  /** Fires when a look through the workspace has ended. */
  readonly onDidScan = this.#scanned.event;

  constructor(store: AdapterStore, cache: ResultCache, log: Log) {
    super();
    this.#store = store;
    this.#cache = cache;
    this.#log = log;
    const onShown = (document: AnalysisDocument): void => this.#watchInputs(document);
    this.#kept = new KeptResults({ store, cache, log, translate, onShown });
    this._register({ dispose: () => clearTimeout(this.#settle) });
    this._register({ dispose: () => this.#inputWatchers.forEach((watcher) => void watcher.dispose()) });
  }

  /** Looks through the workspace, once; later calls get the same promise. A look that failed is tried again. */
  scan(): Promise<void> {
    this.#scan ??= this.#firstScan().catch((thrown: unknown) => {
      this.#scan = undefined;
      throw thrown;
    });
    return this.#scan;
  }

  /** Looks through the workspace once the window has nothing better to do. */
  scanSoon(): vscode.Disposable {
    const timer = setTimeout(() => this.#later(this.scan()), 0);
    return this._register({ dispose: () => clearTimeout(timer) });
  }

  /** Looks through the workspace again. */
  async refresh(): Promise<void> {
    if (this.#scan === undefined) return this.scan();
    await this.#scan;
    await this.#lookAgain();
  }

  async #lookAgain(): Promise<void> {
    await this.#findMore();
    await this.#kept.verify();
  }

  /** Makes an adapter known, with the result that was kept of it; waits for it where it is being read already. */
  async open(adapter: string): Promise<void> {
    this.#store.add(adapter);
    await this.#kept.restore(adapter);
  }

  /**
   * Keeps a new result for later sessions, then shows it: who sees a result may reload the window at once. A disk that
   * is slow or hangs holds it back for a moment only.
   */
  async accept(document: AnalysisDocument): Promise<void> {
    this.#kept.settle(document.adapter);
    const kept = this.#cache.save(document);
    await atMost(KEEP_FIRST_MS, kept);
    this.#store.setDocument(document.adapter, document);
    this.#watchInputs(document);
    // What changed during the run was compared with the result before.
    this.#later(this.#kept.verifyInputs(document.adapter));
    await kept;
  }

  /** Waits until every result that is shown is on the disk. */
  flush(): Promise<void> {
    return this.#cache.flush();
  }

  /** Takes back the results of these adapters, here and for later sessions. */
  async clear(adapters: readonly string[]): Promise<void> {
    for (const adapter of adapters) {
      this.#kept.settle(adapter);
      await this.#cache.remove(adapter);
      this.#store.setDocument(adapter, null);
    }
  }

  async #firstScan(): Promise<void> {
    const begin = Date.now();
    this.#watchWorkspace();
    const listAll = async (): Promise<void> => (await this.#find()).forEach((key) => this.#store.add(key));
    await Promise.all([listAll(), this.#kept.restoreAll()]);
    this.#log.info(`Found ${this.#store.adapters.length} adapters in ${Date.now() - begin} ms`);
    this.#scanned.fire();
  }

  async #find(): Promise<readonly string[]> {
    const found = await vscode.workspace.findFiles(ADAPTER_WEIGHTS_GLOB, undefined, MAX_ADAPTERS);
    return found.filter(({ scheme }) => scheme === 'file').map((uri) => uri.fsPath);
  }

  /** Adapters that came since the first look, with what was kept of them: a folder may be moved back. */
  async #findMore(): Promise<void> {
    for (const adapter of await this.#find())
      if (this.#store.get(adapter) === undefined) await this.open(adapter);
  }

  #watchWorkspace(): void {
    if (this.#watches) return;
    this.#watches = true;
    const weights = this._register(vscode.workspace.createFileSystemWatcher(ADAPTER_WEIGHTS_GLOB));
    this._register(
      weights.onDidCreate((uri) => {
        this.#later(this.open(uri.fsPath));
        this.#soon();
      }),
    );
    this._register(weights.onDidChange(() => this.#soon()));
    const configs = this._register(vscode.workspace.createFileSystemWatcher(`**/${ADAPTER_CONFIG}`));
    this._register(configs.onDidChange(() => this.#soon()));
    this._register(configs.onDidDelete(() => this.#soon()));
    // A folder that comes or goes is told of by its own name only, not by the names of the files in it.
    const places = this._register(vscode.workspace.createFileSystemWatcher('**', false, true, false));
    const created = this._register(
      new NewPlaces(
        () => this.#lookAgain(),
        (thrown) => this.#tell(thrown),
      ),
    );
    this._register(places.onDidCreate((uri) => created.add(uri.fsPath)));
    this._register(places.onDidDelete((uri) => this.#deleted(uri.fsPath)));
    this._register(vscode.workspace.onDidChangeWorkspaceFolders(() => this.#later(this.refresh())));
    // Watchers are best effort on network drives.
    this._register(vscode.window.onDidChangeWindowState((state) => state.focused && this.#soon()));
  }

  #deleted(place: string): void {
    const inside = place + path.sep;
    if (this.#store.adapters.some(({ adapter }) => adapter === place || adapter.startsWith(inside)))
      this.#soon();
  }

  #watchInputs(document: AnalysisDocument): void {
    for (const folder of new Set(document.inputs.map((input) => path.dirname(input.path)))) {
      if (this.#inputWatchers.has(folder) || this.isDisposed) continue;
      const pattern = new vscode.RelativePattern(vscode.Uri.file(folder), '*.{safetensors,json}');
      const watcher = vscode.workspace.createFileSystemWatcher(pattern);
      watcher.onDidChange(() => this.#soon());
      watcher.onDidDelete(() => this.#soon());
      watcher.onDidCreate(() => this.#soon());
      this.#inputWatchers.set(folder, watcher);
    }
  }

  #soon(): void {
    clearTimeout(this.#settle);
    this.#settle = setTimeout(() => this.#later(this.#kept.verify()), SETTLE_MS);
  }

  /** For work that nobody waits for: what goes wrong is in the log. */
  #later(work: Promise<void>): void {
    work.catch((thrown: unknown) => this.#tell(thrown));
  }

  #tell(thrown: unknown): void {
    this.#log.error(`Looking at adapters failed: ${String(thrown)}`);
  }
}
