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
import { parseInspectorMessage } from '../pageMessages';
import { PageSession, type PageParts } from '../pageSession';
import { runCommand } from '../runCommand';
import { say } from '../../core/message';

export interface InspectorParts extends PageParts<HostToInspector> {
  readonly uri: vscode.Uri;
  /** Reads names, types and shapes of a file, in the engine's process; rejects with `SploraError`. */
  readonly inspect: (path: string) => Promise<InspectResult>;
  readonly log: Pick<vscode.LogOutputChannel, 'warn'>;
}

/** Writers replace a file in several steps: read it after they stop. */
const SETTLE_MS = 300;

/** One open inspector: reads its file when the page is ready, and again whenever the file changes. */
export class InspectorSession extends PageSession<InspectorToHost, InspectorParts> {
  #timer: NodeJS.Timeout | undefined;
  /** Counts reads: the answer of an outdated read is dropped. */
  #reading = 0;

  constructor(parts: InspectorParts) {
    super(parts, parseInspectorMessage);
    const { uri } = parts;
    this._register({ dispose: () => clearTimeout(this.#timer) });
    const pattern = new vscode.RelativePattern(vscode.Uri.joinPath(uri, '..'), '*');
    const watcher = this._register(vscode.workspace.createFileSystemWatcher(pattern));
    const changed = (other: vscode.Uri): void => {
      // The config in the folder decides what kind of adapter it is.
      if (other.path === uri.path || path.posix.basename(other.path).endsWith('config.json')) this.#soon();
    };
    for (const event of [watcher.onDidChange, watcher.onDidCreate, watcher.onDidDelete])
      this._register(event(changed));
  }

  trustChanged(): void {
    this.#post({ type: 'trusted' });
  }

  protected answer({ type }: InspectorToHost): unknown {
    const { uri } = this.parts;
    switch (type) {
      case 'ready':
        this.#post({
          type: 'init',
          fileName: path.posix.basename(uri.path),
          path: vscode.workspace.asRelativePath(uri),
          translations: vscode.l10n.bundle ?? {},
          trusted: vscode.workspace.isTrusted,
        });
        return this.#load();
      case 'retry':
        return this.#load();
      case 'analyze':
        return runCommand('analyze', uri.fsPath);
      case 'showLog':
        return runCommand('showLog');
      case 'manageTrust':
        return vscode.commands.executeCommand('workbench.trust.manage');
      case 'openAsText':
        return vscode.commands.executeCommand('vscode.openWith', uri, 'default');
    }
  }

  #soon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#load(), SETTLE_MS);
  }

  #load(): void {
    if (!this.isListening) return;
    this.#reading += 1;
    const reading = this.#reading;
    const isCurrent = (): boolean => reading === this.#reading && this.isListening;
    this.#post({ type: 'loading' });
    this.#read(isCurrent).catch((thrown: unknown) => {
      const error = toErrorData(thrown);
      this.parts.log.warn(`Inspecting failed: ${formatError(error)}`);
      if (isCurrent()) this.#post({ type: 'failed', error: translatedError(error) });
    });
  }

  async #read(isCurrent: () => boolean): Promise<void> {
    if (this.parts.uri.scheme !== 'file') {
      const message = say(
        'SPLoRA can only read files on disk, but this one is in {0}.',
        this.parts.uri.scheme,
      );
      const advice = say('Open a clone of the repository, or the folder over Remote-SSH.');
      throw new SploraError({ code: 'not-found', message, advice });
    }
    const result = await this.parts.inspect(this.parts.uri.fsPath);
    if (!isCurrent()) return;
    this.#post({ type: 'file', file: summarize(result, translate) });
    for (const message of tensorMessages(result.tensors)) {
      // In pieces: the page stays responsive, and a closed one gets no more.
      if (!isCurrent() || !(await this.parts.post(message))) return;
    }
  }

  #post(message: HostToInspector): void {
    if (this.isListening) this.parts.post(message).then(undefined, this.parts.onError);
  }
}
