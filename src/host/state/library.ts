import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as vscode from 'vscode';
import type { ResultDocument, ResultKind } from '../../core/results/types';
import { Disposable } from '../disposable';
import type { Log } from '../log';
import { ADAPTER_CONFIG, ADAPTER_WEIGHTS_GLOB } from '../ids';
import type { AdapterStore } from './analysisStore';
import { translate } from '../format';
import { NewPlaces } from './newPlaces';
import { type ResultCache, ResultRestorer } from './keptResults';

/** More adapters than a user looks through; a run of a thousand checkpoints is still complete. */
const MAX_ADAPTERS = 5000;
/** How long a new result waits for its file: 10,000 modules are written in some 100 ms, if the disk answers. */
const SAVE_FIRST_MS = 2000;
/** File events come in bursts while a trainer writes; they are handled once they stop. */
const SETTLE_MS = 300;

/** Fills the store with adapters of the workspace and results of earlier sessions, and keeps it in step with the files. */
export class AdapterLibrary extends Disposable {
  readonly #restorer: ResultRestorer;
  /** Extensions of inputs: other files beside them, e.g. of a trainer, change all the time. */
  readonly #inputTypes = new Set<string>();
  readonly #inputWatchers = new Map<string, vscode.Disposable>();
  readonly #scanned = this._register(new vscode.EventEmitter<void>());
  #scan: Promise<void> | undefined;
  #watches = false;
  #settle: NodeJS.Timeout | undefined;

  /** Fires after a look through the workspace. */
  readonly onDidScan = this.#scanned.event;

  constructor(
    private readonly store: AdapterStore,
    private readonly cache: ResultCache,
    private readonly log: Log,
  ) {
    super();
    const onRestored = (document: ResultDocument): void => this.#watchInputs(document);
    this.#restorer = new ResultRestorer({ store, cache, log, translate, onRestored });
    this._register({ dispose: () => clearTimeout(this.#settle) });
    this._register({ dispose: () => this.#inputWatchers.forEach((watcher) => void watcher.dispose()) });
  }

  /** Looks through the workspace, once; later calls get the same promise. A failed look is retried. */
  scan(): Promise<void> {
    this.#scan ??= this.#firstScan().catch((thrown: unknown) => {
      this.#scan = undefined;
      throw thrown;
    });
    return this.#scan;
  }

  /** Looks through the workspace once the window is idle. */
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
    await this.#restorer.verify();
  }

  /** Makes an adapter known, with its cached results. */
  async open(adapter: string): Promise<void> {
    this.store.add(adapter);
    await this.#restorer.restore(adapter);
  }

  /** Saves a new result, then shows it: the user may reload the window at once. A slow disk delays it only briefly. */
  async accept<D extends ResultDocument>(kind: ResultKind<D>, document: D): Promise<void> {
    const { adapter } = document;
    const saved = this.cache.save(kind, document);
    await Promise.race([saved, delay(SAVE_FIRST_MS, undefined, { ref: false })]);
    this.store.setResult(kind, adapter, document);
    this.#watchInputs(document);
    // Changes during the run were compared with the previous result.
    this.#later(this.#restorer.verifyInputs(kind, adapter));
    await saved;
  }

  /** Waits until every result is saved. */
  flush(): Promise<void> {
    return this.cache.flush();
  }

  /** Deletes the results of these adapters, here and for later sessions. */
  async clear(adapters: readonly string[]): Promise<void> {
    for (const adapter of adapters) {
      for (const kind of this.cache.kinds) {
        await this.cache.remove(kind, adapter);
        this.store.setResult(kind, adapter, null);
      }
      if (this.store.get(adapter)?.isGone === true) this.store.remove(adapter);
    }
  }

  async #firstScan(): Promise<void> {
    const begin = Date.now();
    this.#watchWorkspace();
    const listAll = async (): Promise<void> => (await this.#find()).forEach((key) => this.store.add(key));
    await Promise.all([listAll(), this.#restorer.restoreAll()]);
    this.log.info(`Found ${this.store.adapters.length} adapters in ${Date.now() - begin} ms`);
    this.#scanned.fire();
  }

  async #find(): Promise<readonly string[]> {
    const found = await vscode.workspace.findFiles(ADAPTER_WEIGHTS_GLOB, undefined, MAX_ADAPTERS);
    return found.filter(({ scheme }) => scheme === 'file').map((uri) => uri.fsPath);
  }

  /** Adapters that came since the first look, with what was kept of them: a folder may be moved back. */
  async #findMore(): Promise<void> {
    for (const adapter of await this.#find())
      if (this.store.get(adapter) === undefined) await this.open(adapter);
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
    // A created or deleted folder is reported by its own name only, not by the names of the files in it.
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
    if (this.store.adapters.some(({ adapter }) => adapter === place || adapter.startsWith(inside)))
      this.#soon();
  }

  #watchInputs({ inputs }: ResultDocument): void {
    for (const { path: file } of inputs) {
      this.#inputTypes.add(path.extname(file));
      const folder = path.dirname(file);
      if (this.#inputWatchers.has(folder) || this.isDisposed) continue;
      const pattern = new vscode.RelativePattern(vscode.Uri.file(folder), '*');
      const watcher = vscode.workspace.createFileSystemWatcher(pattern);
      for (const event of [watcher.onDidChange, watcher.onDidDelete, watcher.onDidCreate])
        event(({ fsPath }) => this.#inputTypes.has(path.extname(fsPath)) && this.#soon());
      this.#inputWatchers.set(folder, watcher);
    }
  }

  #soon(): void {
    clearTimeout(this.#settle);
    this.#settle = setTimeout(() => this.#later(this.#restorer.verify()), SETTLE_MS);
  }

  /** For work that nothing waits for: errors go to the log. */
  #later(work: Promise<void>): void {
    work.catch((thrown: unknown) => this.#tell(thrown));
  }

  #tell(thrown: unknown): void {
    this.log.error(`Looking at adapters failed: ${String(thrown)}`);
  }
}
