import type { Verdict } from '../../src/core/selection/types';

/** The pin that a key stands for: K keep, P prune, Delete or Backspace none; undefined for every other key. */
export function pinKey(event: KeyboardEvent): Verdict | null | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
  switch (event.key) {
    case 'k':
    case 'K':
      return 'keep';
    case 'p':
    case 'P':
      return 'prune';
    case 'Delete':
    case 'Backspace':
      return null;
    default:
      return undefined;
  }
}
