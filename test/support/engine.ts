import { existsSync } from 'node:fs';
import type { Engine } from '../../src/engine/client';
import { startEngine, type EngineOptions } from '../../src/engine/process';
import { projectRoot } from './paths';

/** The engine as it is shipped: the bundle, in a process of its own. */
export const ENGINE_FILE = `${projectRoot}/dist/engine.js`;

/** What the process prints goes to this one's stderr, so that a crash is seen in the test's output. */
export function startTestEngine(options: Omit<EngineOptions, 'engineFile'> = {}): Engine {
  if (!existsSync(ENGINE_FILE)) throw new Error('dist/engine.js is missing: run `npm run build` first.');
  return startEngine({ engineFile: ENGINE_FILE, onLog: (text) => process.stderr.write(text), ...options });
}
