import * as path from 'node:path';
import * as vscode from 'vscode';
import { formatError, SploraError, toErrorData } from '../../core/errors';
import { translate, translatedError } from '../format';
import type { InspectResult } from '../../protocol/engineApi';
import {
  summarize,
  tensorMessages,
  type HostToInspector,
  type InspectorToHost,
} from '../../protocol/inspector';
import { encodeMessage } from '../../protocol/panelWire';
import { Disposable } from '../disposable';
import type { Log } from '../log';
import { parseInspectorMessage } from '../pageMessages';
import { runCommand } from '../runCommand';
import { say } from '../../core/message';

export interface InspectorParts {
  /** Reads names, types and shapes of a file, in the engine's process; rejects with `SploraError`. */
  readonly inspect: (path: string) => Promise<InspectResult>;
  readonly log: Log;
}

/** Writers replace a file in several steps: read it after they stop. */
const SETTLE_MS = 300;

/** One open inspector: reads its file when the page is ready, and again whenever the file changes. */
export class InspectorSession extends Disposable {
  #timer: NodeJS.Timeout | undefined;
  /** Counts reads: the answer of an outdated read is dropped. */
  #reading = 0;
  #ready = false;

  constructor(
    private readonly parts: InspectorParts,
    private readonly uri: vscode.Uri,
    private readonly webview: vscode.Webview,
  ) {
    super();
    this._register(
      webview.onDidReceiveMessage((message: unknown) => this.#receive(parseInspectorMessage(message))),
    );
    this._register(vscode.workspace.onDidGrantWorkspaceTrust(() => this.#post({ type: 'trusted' })));
    this._register({ dispose: () => clearTimeout(this.#timer) });
    const folder = vscode.Uri.joinPath(uri, '..');
    const pattern = new vscode.RelativePattern(folder, '*');
    const watcher = this._register(vscode.workspace.createFileSystemWatcher(pattern));
    const changed = (other: vscode.Uri): void => {
      // The config in the folder decides what kind of adapter it is.
      if (other.path === uri.path || path.posix.basename(other.path).endsWith('config.json')) this.#soon();
    };
    this._register(watcher.onDidChange(changed));
    this._register(watcher.onDidCreate(changed));
    this._register(watcher.onDidDelete(changed));
  }

  #receive(message: InspectorToHost | null): void {
    if (message === null) return this.parts.log.warn('The inspector page sent an invalid message.');
    switch (message.type) {
      case 'ready':
        this.#init();
        return this.#load();
      case 'retry':
        return this.#load();
      case 'analyze':
        return this.#finish(runCommand('analyze', this.uri.fsPath));
      case 'showLog':
        return this.#finish(runCommand('showLog'));
      case 'manageTrust':
        return this.#finish(vscode.commands.executeCommand('workbench.trust.manage'));
      case 'openAsText':
        return this.#finish(vscode.commands.executeCommand('vscode.openWith', this.uri, 'default'));
    }
  }

  #finish(work: Thenable<unknown>): void {
    work.then(undefined, (thrown: unknown) => this.parts.log.error(`A button failed: ${String(thrown)}`));
  }

  #init(): void {
    this.#ready = true;
    this.#post({
      type: 'init',
      fileName: path.posix.basename(this.uri.path),
      path: vscode.workspace.asRelativePath(this.uri),
      translations: vscode.l10n.bundle ?? {},
      trusted: vscode.workspace.isTrusted,
    });
  }

  #soon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#load(), SETTLE_MS);
  }

  #load(): void {
    if (!this.#ready || this.isDisposed) return;
    this.#reading += 1;
    const reading = this.#reading;
    const isCurrent = (): boolean => reading === this.#reading && !this.isDisposed;
    this.#post({ type: 'loading' });
    this.#read(isCurrent).catch((thrown: unknown) => {
      const error = toErrorData(thrown);
      this.parts.log.warn(`Inspecting failed: ${formatError(error)}`);
      if (isCurrent()) this.#post({ type: 'failed', error: translatedError(error) });
    });
  }

  async #read(isCurrent: () => boolean): Promise<void> {
    if (this.uri.scheme !== 'file') {
      const message = say('SPLoRA can only read files on disk, but this one is in {0}.', this.uri.scheme);
      const advice = say('Open a clone of the repository, or the folder over Remote-SSH.');
      throw new SploraError({ code: 'not-found', message, advice });
    }
    const result = await this.parts.inspect(this.uri.fsPath);
    if (!isCurrent()) return;
    this.#post({ type: 'file', file: summarize(result, translate) });
    for (const message of tensorMessages(result.tensors)) {
      // In pieces: the page stays responsive, and a closed one gets no more.
      if (!isCurrent() || !(await this.webview.postMessage(encodeMessage(message)))) return;
    }
  }

  #post(message: HostToInspector): void {
    if (!this.#ready || this.isDisposed) return;
    this.webview
      .postMessage(encodeMessage(message))
      .then(undefined, (thrown: unknown) =>
        this.parts.log.error(`The inspector got no message: ${String(thrown)}`),
      );
  }
}
