import './panel.css';
import type { HostToPanel, PanelPersisted } from '../src/protocol/panel';
import { decodeMessage } from '../src/protocol/panelWire';
import { registerControls } from './controls';
import { parseView } from './model/keptView';
import type { ViewState } from './model/page';
import { Page } from './page';
import { setTranslations } from './strings';

/** What the page keeps over a reload of the window; only `adapter` is for the host, which checks it. */
type Kept = PanelPersisted & { readonly view: ViewState };

declare function acquireVsCodeApi(): {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: Kept): void;
};

const vscode = acquireVsCodeApi();
let page: Page | undefined;

registerControls();
window.addEventListener('message', (event: MessageEvent<Uint8Array>) => {
  const message = decodeMessage(event.data);
  // Everything else waits for it: texts are needed before anything can be drawn.
  if (message.type === 'init') start(message);
  else page?.receive(message);
});
vscode.postMessage({ type: 'ready' });

function start(init: Extract<HostToPanel, { type: 'init' }>): void {
  setTranslations(init.translations);
  page?.dispose();
  page = new Page({
    init,
    view: keptView(init.adapter),
    post: (message) => vscode.postMessage(message),
    keep: (view) => vscode.setState({ adapter: init.adapter, view }),
  });
  document.body.replaceChildren(page.element);
}

/** Our own `setState` wrote it, perhaps in an older version. */
function keptView(adapter: string): ViewState {
  const state = vscode.getState() as Partial<Kept> | undefined;
  return parseView(state?.adapter === adapter ? state.view : undefined);
}
