import type { Log } from '../../src/host/log';

/** A log that keeps its lines. */
export function collectingLog(): { log: Log; lines: string[] } {
  const lines: string[] = [];
  const add = (message: string): void => void lines.push(message);
  return { log: { debug: add, info: add, warn: add, error: add }, lines };
}
