import path from 'node:path';
import { cancelled } from '../core/errors';
import { visibleLines } from '../core/report/escape';
import { validateSelection } from '../core/selection/select';
import type { SelectionOptions } from '../core/selection/types';
import type { Engine } from '../engine/client';
import { startEngine } from '../engine/process';

/** What a command needs of the engine: calls that Ctrl+C cancels. */
export interface EngineSession {
  readonly engine: Engine;
  readonly signal: AbortSignal;
}

/** `engine.js` is bundled beside `cli.js`. */
const ENGINE_FILE = path.join(__dirname, 'engine.js');

/** What the engine printed is worth showing when it crashed; its last words suffice. */
const MAX_LOG = 4000;

/**
 * Runs `work` with an engine that is gone when this returns. The first SIGINT or SIGTERM cancels the call, which lets
 * the engine remove what it has half written; a second one ends the process at once.
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
  const said = { log: '', crashed: false };
  const engine = startEngine({
    engineFile: ENGINE_FILE,
    onLog: (text) => (said.log = (said.log + text).slice(-MAX_LOG)),
    onCrash: () => (said.crashed = true),
  });
  try {
    return await work({ engine, signal: abort.signal });
  } catch (error) {
    if (abort.signal.aborted) throw cancelled({ cause: error });
    if (said.crashed && said.log !== '') process.stderr.write(`${visibleLines(said.log, MAX_LOG)}\n`);
    throw error;
  } finally {
    await engine.dispose();
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}

/**
 * Refuses a rule or pins that no adapter could have, before anything is opened.
 * @throws SploraError `bad-request`
 */
export function refuseImpossible(selection: SelectionOptions): void {
  validateSelection(selection, [...selection.pins.keep, ...selection.pins.prune]);
}

/**
 * Refuses a rule or pin that cannot be before any weight is read: pins are looked up in the adapter's header.
 * @throws SploraError `bad-request`
 */
export async function checkSelection(
  { engine, signal }: EngineSession,
  adapter: string,
  selection: SelectionOptions,
): Promise<void> {
  refuseImpossible(selection);
  if (selection.pins.keep.length + selection.pins.prune.length === 0) return;
  const { path: file, adapter: inspected } = await engine.call('inspect', { path: adapter }, { signal });
  // What is no adapter is refused with a better message by the call that follows.
  if (inspected !== null) {
    validateSelection(
      selection,
      [...inspected.modules, ...inspected.replacements].map(({ module }) => module),
      file,
    );
  }
}
