import { decodeMessage } from '../src/protocol/panelWire';
import { registerControls } from './controls';
import { setTranslations } from './strings';

declare function acquireVsCodeApi(): {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
};

export interface Init {
  readonly type: 'init';
  /** English -> the language of the window. */
  readonly translations: Readonly<Record<string, string>>;
}

/** What a page may do besides drawing. `state` survives a reload of the window. */
export interface Shell<Out> {
  readonly post: (message: Out) => void;
  readonly state: () => unknown;
  readonly keep: (state: unknown) => void;
}

export interface PageOf<In> {
  readonly element: HTMLElement;
  receive(message: In): void;
  dispose?(): void;
}

/** Runs a page: says `ready`, builds the page for each `init`, and passes every other message on. */
export function startPage<In extends { readonly type: string }, Out>(
  build: (init: Extract<In, Init>, shell: Shell<Out>) => PageOf<Exclude<In, Init>>,
): void {
  const vscode = acquireVsCodeApi();
  let page: PageOf<Exclude<In, Init>> | undefined;
  const shell: Shell<Out> = {
    post: (message) => vscode.postMessage(message),
    state: () => vscode.getState(),
    keep: (state) => vscode.setState(state),
  };
  registerControls();
  window.addEventListener('message', (event: MessageEvent<Uint8Array>) => {
    // VS Code forwards only what our own host posts, so the shape of a message is not checked again.
    const message = decodeMessage(event.data) as In;
    if (!isInit(message)) return page?.receive(message as Exclude<In, Init>);
    setTranslations(message.translations);
    page?.dispose?.();
    page = build(message, shell);
    document.body.replaceChildren(page.element);
  });
  vscode.postMessage({ type: 'ready' });
}

function isInit<In extends { readonly type: string }>(message: In): message is Extract<In, Init> {
  return message.type === 'init';
}
