import { Disposable, type DisposableLike } from './disposable';

export interface PageParts<Out> {
  /** Resolves when the message arrived. */
  readonly post: (message: Out) => PromiseLike<unknown>;
  /** Called with what a request of the page throws. */
  readonly onError: (thrown: unknown) => void;
}

/** The host side of a page in a webview. A page gets messages from when it says `ready` until it is gone. */
export abstract class PageSession<
  In extends { readonly type: string },
  Parts extends PageParts<never>,
> extends Disposable {
  #isReady = false;

  /** @param parse null for an invalid message: pages show hostile names */
  constructor(
    protected readonly parts: Parts,
    private readonly parse: (raw: unknown) => In | null,
  ) {
    super();
  }

  /** Handles a message of the page. Invalid ones are dropped. */
  receive(raw: unknown): void {
    const message = this.parse(raw);
    if (message === null || this.isDisposed) return;
    if (message.type === 'ready') this.#isReady = true;
    const run = async (): Promise<unknown> => await this.answer(message);
    run().catch(this.parts.onError);
  }

  /** A hidden panel loses its page; the next one says `ready` again. */
  pageGone(): void {
    this.#isReady = false;
  }

  /** Ties the life of `item` to the session. */
  own(item: DisposableLike): void {
    this._register(item);
  }

  abstract trustChanged(): void;

  /** Does what the page asks for. */
  protected abstract answer(message: In): unknown;

  protected get isListening(): boolean {
    return this.#isReady && !this.isDisposed;
  }
}
