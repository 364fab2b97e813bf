import path from 'node:path';
import { validateSelection } from '../core/selection/select';
import type { SelectionOptions } from '../core/selection/types';
import { startEngine, type Engine } from '../engine/client';
import { withProcess } from './processSession';

export interface EngineSession {
  readonly engine: Engine;
  /** Aborted by Ctrl+C. */
  readonly signal: AbortSignal;
}

/** `engine.js` is bundled beside `cli.js`. */
const ENGINE_FILE = path.join(__dirname, 'engine.js');

/** Runs `work` with an engine, as `withProcess` does. */
export async function withEngine<T>(work: (session: EngineSession) => Promise<T>): Promise<T> {
  return await withProcess(
    (onOutput) => startEngine(ENGINE_FILE, { onOutput }),
    (engine, signal) => work({ engine, signal }),
  );
}

/**
 * Rejects a rule or pins that are invalid for every adapter.
 * @throws SploraError `bad-request`
 */
export function validateFlags(selection: SelectionOptions): void {
  validateSelection(selection, [...selection.pins.keep, ...selection.pins.prune]);
}

/**
 * Rejects an invalid rule or pin before weights are read: it looks pins up in the adapter's header.
 * @throws SploraError `bad-request`
 */
export async function checkSelection(
  { engine, signal }: EngineSession,
  adapter: string,
  selection: SelectionOptions,
): Promise<void> {
  validateFlags(selection);
  if (selection.pins.keep.length + selection.pins.prune.length === 0) return;
  const { path: file, adapter: inspected } = await engine.call('inspect', { path: adapter }, { signal });
  // For a file that is no adapter, the next call has a better message.
  if (inspected !== null) {
    validateSelection(
      selection,
      [...inspected.modules, ...inspected.replacements].map(({ module }) => module),
      file,
    );
  }
}
