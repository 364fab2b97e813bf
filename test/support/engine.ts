import { existsSync } from 'node:fs';
import { startEngine, type Engine, type EngineOptions } from '../../src/engine/client';
import { projectRoot } from './paths';

/** The engine as it is shipped: the bundle, in a process of its own. */
export const ENGINE_FILE = `${projectRoot}/dist/engine.js`;

/** What the process prints goes to this one's stderr, so that a crash is seen in the test's output. */
export function startTestEngine(options: EngineOptions = {}): Engine {
  if (!existsSync(ENGINE_FILE)) throw new Error('dist/engine.js is missing: run `npm run build` first.');
  return startEngine(ENGINE_FILE, { onOutput: (text) => process.stderr.write(text), ...options });
}

/** For the suite that calls it: an engine that ends after its tests. */
export function suiteEngine(): Engine {
  const engine = startTestEngine();
  after(() => engine.dispose());
  return engine;
}

/** For a method of the engine that is called here and not in its process. */
export const CONTEXT = { signal: new AbortController().signal, emit: () => undefined };

export const OPTIONS = { population: 'shape', scale: 'effective', quartiles: 'exact' } as const;
