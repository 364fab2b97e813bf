import type { Verdict } from '../../src/core/selection/types';

const PIN_KEYS: Readonly<Record<string, Verdict | null>> = {
  k: 'keep',
  p: 'prune',
  delete: null,
  backspace: null,
};

/** The pin that a key sets: K keep, P prune, Delete or Backspace none; undefined for every other key. */
export function pinKey(event: KeyboardEvent): Verdict | null | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
  return PIN_KEYS[event.key.toLowerCase()];
}

/** What Ctrl+Z, Ctrl+Shift+Z and Ctrl+Y (Cmd on macOS) ask for; a text field keeps its own undo. */
export function undoKey(event: KeyboardEvent): 'undo' | 'redo' | undefined {
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return undefined;
  if (event.composedPath().some((one) => one instanceof HTMLInputElement)) return undefined;
  const key = event.key.toLowerCase();
  if (key === 'z') return event.shiftKey ? 'redo' : 'undo';
  return key === 'y' && !event.shiftKey ? 'redo' : undefined;
}
