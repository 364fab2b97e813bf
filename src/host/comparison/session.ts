import { formatError, renderError, toErrorData } from '../../core/errors';
import type { Translate } from '../../core/message';
import type { ComparisonContent, ComparisonToHost, HostToComparison } from '../../protocol/comparison';
import type { Log } from '../log';
import { parseComparisonMessage } from '../pageMessages';
import { PageSession, type PageParts } from '../pageSession';
import type { ComparisonSource } from './source';

/** A dragged cut changes the store many times a second. */
const SETTLE_MS = 200;

export interface ComparisonParts extends PageParts<HostToComparison> {
  readonly translations: Readonly<Record<string, string>>;
  readonly showReport: (title: string, markdown: string) => PromiseLike<unknown>;
  readonly showPanel: (adapter: string, module?: string) => void;
  readonly translate: Translate;
  readonly log: Pick<Log, 'warn'>;
  readonly showLog: () => void;
}

/** The host side of one page that compares adapters. */
export class ComparisonSession extends PageSession<ComparisonToHost, ComparisonParts> {
  readonly #closed = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  /** Counts readings: the answer of an outdated one is dropped. */
  #reading = 0;
  #content: ComparisonContent | null = null;
  /** What the content is made of. */
  #inputs: readonly unknown[] = [];

  constructor(
    parts: ComparisonParts,
    private source: ComparisonSource,
  ) {
    super(parts, parseComparisonMessage);
    this._register({ dispose: () => clearTimeout(this.#timer) });
    this._register({ dispose: () => this.#closed.abort() });
  }

  /** Shows a newer comparison. */
  replace(source: ComparisonSource): void {
    this.source = source;
    if (this.isListening) this.#start();
  }

  trustChanged(): void {
    this.#load();
  }

  /** A result of an adapter changed. */
  storeChanged(adapter?: string): void {
    const { request } = this.source;
    if (adapter !== undefined && !request.adapters.includes(adapter)) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const inputs = this.source.inputs();
      if (inputs.some((input, at) => input !== this.#inputs[at])) this.#load();
    }, SETTLE_MS);
  }

  #load(fresh = false): void {
    if (!this.isListening) return;
    this.#reading += 1;
    const reading = this.#reading;
    const isCurrent = (): boolean => reading === this.#reading && this.isListening;
    this.#inputs = this.source.inputs();
    this.#post({ type: 'loading' });
    this.source.content(this.#closed.signal, fresh).then(
      (content) => {
        if (!isCurrent()) return;
        this.#content = content;
        this.#post({ type: 'content', content });
      },
      (thrown: unknown) => {
        // A page that was closed cancels its reading.
        if (this.isDisposed) return;
        const error = toErrorData(thrown);
        this.parts.log.warn(`Comparing failed: ${formatError(error)}`);
        if (isCurrent()) this.#post({ type: 'failed', error: renderError(error, this.parts.translate) });
      },
    );
  }

  protected answer(message: ComparisonToHost): unknown {
    switch (message.type) {
      case 'ready':
        return this.#start();
      case 'again':
        return this.#load(true);
      case 'report':
        return this.#report();
      case 'showLog':
        return this.parts.showLog();
      case 'open':
        return this.#open(message.adapter, message.module);
    }
  }

  #start(): void {
    const { request, title } = this.source;
    this.#post({ type: 'init', request, title, translations: this.parts.translations });
    this.#load();
  }

  async #report(): Promise<void> {
    const { title } = this.source;
    await this.parts.showReport(title, await this.source.report(this.#closed.signal));
  }

  /** Only what the page was sent can be opened. */
  #open(place: number, module: string | null): void {
    const adapter = this.source.request.adapters[place];
    if (adapter === undefined) return;
    const isKnown = module !== null && this.#content?.modules.includes(module) === true;
    this.parts.showPanel(adapter, isKnown ? module : undefined);
  }

  #post(message: HostToComparison): void {
    if (this.isListening) this.parts.post(message).then(undefined, this.parts.onError);
  }
}
