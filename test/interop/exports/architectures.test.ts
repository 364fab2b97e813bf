import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ARCHITECTURES } from '../../../src/core/export/gguf/architectures';
import type { Engine } from '../../../src/engine/client';
import { startTestEngine } from '../../support/engine';
import { skipBecause } from '../../support/skip';
import { itInFolder } from '../../support/temporaryFolder';
import { HANG_MS, startPython, type Python } from '../python';
import { serverPython } from '../servers/startServer';
import { ALONE, askFor, distance, EFFECT, runGguf, TOLERANCE } from './loaders';
import { recordArchitecture } from './record';

/** Of the models of `architectures.py`. */
const WORDS = { vocabulary: 300, word: 290 };

describe('adapters in GGUF, for each class of models', function () {
  this.timeout(HANG_MS);
  let engine: Engine;
  let python: Python;
  let server = '';
  let stop = (): Promise<void> => Promise.resolve();
  before(async function () {
    const found = await serverPython('requirements-llama.txt');
    if (typeof found !== 'string') skipBecause(this, found.missing);
    const started = await startPython('exports/architectures.py');
    if ('missing' in started) skipBecause(this, started.missing);
    server = found;
    python = started;
    engine = startTestEngine();
    stop = () => {
      python.dispose();
      return engine.dispose();
    };
  });
  after(() => stop());

  for (const name of ARCHITECTURES.keys())
    itInFolder(`compute in llama-server what they compute in PEFT: ${name}`, async (folder) => {
      await mkdir(folder, { recursive: true });
      await python.ask({ what: 'make', name, folder });
      const [adapter, model, out] = ['adapter', 'model', 'out'].map((one) => join(folder, one));
      assert.ok(adapter !== undefined && model !== undefined && out !== undefined);
      await engine.call('export', { adapter, target: 'gguf', model, copyRest: false, out });
      const [expected, base] = [await askFor(python, model, adapter), await askFor(python, model, null)];
      const file = join(folder, 'gguf', 'model.gguf');
      const { answers } = await runGguf(server, file, new Map([[name, out]]), WORDS);
      const difference = distance(answers.get(name), expected);
      const effect = distance(expected, base);
      const alone = distance(answers.get(ALONE), base);
      await recordArchitecture({ row: name, difference, effect, alone });
      assert.ok(effect > EFFECT, `the adapter changes ${effect}`);
      // ggml has its GELU from a table of halves.
      assert.ok(difference < Math.max(TOLERANCE, 4 * alone), `log-probabilities differ by ${difference}`);
    });
});
