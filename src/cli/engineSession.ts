import path from 'node:path';
import { cancelled, toErrorData } from '../core/errors';
import { visibleLines } from '../core/report/escape';
import { validateSelection } from '../core/selection/select';
import type { SelectionOptions } from '../core/selection/types';
import { startEngine, type Engine } from '../engine/client';

export interface EngineSession {
  readonly engine: Engine;
  /** Aborted by Ctrl+C. */
  readonly signal: AbortSignal;
}

/** `engine.js` is bundled beside `cli.js`. */
const ENGINE_FILE = path.join(__dirname, 'engine.js');

/** The end of what the engine printed explains a crash. */
const MAX_OUTPUT = 4000;

/**
 * Runs `work` with an engine that is gone when this returns. The first SIGINT or SIGTERM cancels, so that the engine
 * removes half-written files; a second one exits at once.
 * @throws SploraError `cancelled` after a signal, whatever the call ended with
 */
export async function withEngine<T>(work: (session: EngineSession) => Promise<T>): Promise<T> {
  const abort = new AbortController();
  const onSignal = (): void => {
    if (abort.signal.aborted) process.exit(130);
    abort.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  let output = '';
  const engine = startEngine(ENGINE_FILE, {
    onOutput: (text) => (output = (output + text).slice(-MAX_OUTPUT)),
  });
  try {
    return await work({ engine, signal: abort.signal });
  } catch (error) {
    if (abort.signal.aborted) throw cancelled({ cause: error });
    if (toErrorData(error).code === 'process-crashed' && output !== '')
      process.stderr.write(`${visibleLines(output, MAX_OUTPUT)}\n`);
    throw error;
  } finally {
    await engine.dispose();
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
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
