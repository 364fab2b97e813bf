import * as z from 'zod/mini';
import { INSPECTOR_WISHES, type InspectorToHost } from '../../protocol/inspector';

const inspectorToHost = z.strictObject({ type: z.enum(INSPECTOR_WISHES) });

/** A message from the inspector's page, checked; null if it is none of ours. */
export function parseInspectorMessage(message: unknown): InspectorToHost | null {
  const parsed = inspectorToHost.safeParse(message);
  return parsed.success ? parsed.data : null;
}
