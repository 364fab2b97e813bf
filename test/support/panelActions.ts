import type { PanelActions } from '../../src/host/panel/actions';

/** Actions of the panel: `own`, and for all others a call of `note` with the name. */
export function notedActions(
  own: Partial<PanelActions>,
  note: (name: string, detail?: unknown) => void,
): PanelActions {
  return new Proxy(own as PanelActions, {
    get: (actions, name): unknown =>
      Reflect.get(actions, name) ??
      ((_adapter?: string, detail?: unknown): void => note(String(name), detail)),
  });
}
