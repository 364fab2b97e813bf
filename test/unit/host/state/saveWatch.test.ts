import assert from 'node:assert/strict';
import { utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ErrorData } from '../../../../src/core/errors';
import { say } from '../../../../src/core/message';
import { SaveWatch } from '../../../../src/host/state/saveWatch';
import { itInFolder } from '../../../support/temporaryFolder';

const POLL_MS = 5;
const errorIn = (file: string, code: ErrorData['code'] = 'bad-safetensors'): ErrorData => ({
  code,
  message: say('x'),
  file,
});

/** Waits until it is called. */
function called(): {
  readonly again: () => void;
  readonly done: Promise<void>;
  readonly count: () => number;
} {
  let count = 0;
  let resolve = (): void => undefined;
  const done = new Promise<void>((ready) => (resolve = ready));
  const again = (): void => {
    count += 1;
    resolve();
  };
  return { again, done, count: () => count };
}

describe('a file that may still be being saved', () => {
  itInFolder('is tried again once it stops changing, and not twice as it is', async (folder) => {
    const file = path.join(folder, 'adapter_model.safetensors');
    await writeFile(file, 'a');
    const watch = new SaveWatch(POLL_MS);
    const { again, done, count } = called();
    const error = errorIn(file);
    assert.match((await watch.explain(file, error, again)).advice?.text ?? '', /still be being saved/);
    await writeFile(file, 'ab');
    await done;
    const second = await watch.explain(file, error, again);
    assert.match(second.advice?.text ?? '', /still/, 'it has changed since the last failure');
    watch.stop(file);
    assert.equal(await watch.explain(file, error, again), error, 'the same bytes failed before');
    await delay(POLL_MS * 10);
    assert.equal(count(), 1);
  });

  itInFolder('is none that is old, gone, or whose error another file would have too', async (folder) => {
    const file = path.join(folder, 'adapter_model.safetensors');
    const watch = new SaveWatch(POLL_MS);
    const never = (): void => assert.fail();
    assert.deepEqual(await watch.explain(file, errorIn(file), never), errorIn(file));
    await writeFile(file, 'a');
    const models = errorIn(file, 'wrong-models');
    assert.equal(await watch.explain(file, models, never), models);
    const past = Date.now() / 1000 - 3600;
    await utimes(file, past, past);
    assert.deepEqual(await watch.explain(file, errorIn(file), never), errorIn(file));
    watch.dispose();
  });
});
