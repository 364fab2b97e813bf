import { INSPECTOR_WISHES, type InspectorToHost } from '../../protocol/inspector';

// A plain check and no schema library: this is loaded at activation, which has 20 ms.

/** A message from the inspector's page, checked; null if it is none of ours. */
export function parseInspectorMessage(message: unknown): InspectorToHost | null {
  if (typeof message !== 'object' || message === null || !('type' in message)) return null;
  if (Object.keys(message).length !== 1) return null;
  const type = INSPECTOR_WISHES.find((wish) => wish === message.type);
  return type === undefined ? null : { type };
}
