import './inspector.css';
import type { HostToInspector } from '../src/protocol/inspector';
import { element } from './dom';
import { InspectorPage } from './inspector/page';

declare function acquireVsCodeApi(): {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
};

const api = acquireVsCodeApi();
const root = element('main', { attributes: { id: 'root' } });
document.body.append(root);
const page = new InspectorPage(root, {
  post: (message) => api.postMessage(message),
  getState: () => api.getState(),
  setState: (state) => api.setState(state),
});
// Only our extension posts into this page: VS Code's webview host forwards nothing else.
window.addEventListener('message', (event: MessageEvent<HostToInspector>) => page.handle(event.data));
api.postMessage({ type: 'ready' });
