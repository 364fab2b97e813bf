import { Measurements } from '../../../../src/host/behavior/measurements';
import { Repairs } from '../../../../src/host/repair/repairs';
import type { PanelActions } from '../../../../src/host/panel/actions';
import { PanelSession } from '../../../../src/host/panel/session';
import type { HostToPanel } from '../../../../src/protocol/panel';
import { adapterStore } from '../../../support/adapterStore';
import { mockDocument } from '../../../webview/mockAdapters';
import { notedActions } from '../../../support/panelActions';

export const ADAPTER = '/runs/a/adapter_model.safetensors';

/** A session of a page, what was sent to it and what went wrong. */
export function setUp(actions: Partial<PanelActions> = {}, trusted = (): boolean => true) {
  const store = adapterStore({ defaults: () => ({ rule: { kind: 'top', k: 2 }, rankBy: 'ediemIqr' }) });
  const sent: HostToPanel[] = [];
  const errors: unknown[] = [];
  const measurements = new Measurements();
  const repairs = new Repairs();
  const session = new PanelSession({
    store,
    actions: notedActions(
      { checkLoad: () => Promise.reject(new Error('not asked for')), ...actions },
      () => undefined,
    ),
    post: (message) => Promise.resolve(sent.push(message)),
    init: { type: 'init', adapter: ADAPTER, title: 'a', path: 'a', translations: {} },
    measurements,
    repairs,
    trusted,
    scale: () => 'effective',
    translate: (english) => `übersetzt: ${english}`,
    shownPath: (path) => `short: ${path}`,
    onError: (thrown) => errors.push(thrown),
  });
  return {
    store,
    measurements,
    repairs,
    session,
    sent,
    errors,
    types: () => sent.splice(0).map(({ type }) => type),
  };
}

/** Lets everything happen that waits for nothing but its turn. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** With a result, in a page that listens; `sent` has what that page got. */
export async function opened(...parts: Parameters<typeof setUp>) {
  const made = setUp(...parts);
  made.store.setDocument(ADAPTER, mockDocument(8));
  made.session.receive({ type: 'ready' });
  await settled();
  return made;
}
