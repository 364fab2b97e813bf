import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { mock } from 'node:test';
import { NewPlaces } from '../../../../src/host/state/newPlaces';
import { inTemporaryFolder } from '../../../support/temporaryFolder';

/** As long as places are gathered, by a clock that is told to go on. */
const GATHERED_MS = 300;
const { setTimeout: realTimeout } = globalThis;

/** What is under way comes to its end, places are gathered, and the file system has time to say what they are. */
async function gathered(): Promise<void> {
  const pause = (): Promise<void> => new Promise((resolve) => realTimeout(resolve, 40));
  await pause();
  mock.timers.tick(GATHERED_MS);
  await pause();
}

/** Looks that end when they are told to, how many there were, and how many at a time. */
function setUp() {
  const seen = { looks: 0, now: 0, most: 0 };
  const errors: unknown[] = [];
  let end: ((failure?: Error) => void) | undefined;
  const look = async (): Promise<void> => {
    seen.looks += 1;
    seen.now += 1;
    seen.most = Math.max(seen.most, seen.now);
    try {
      await new Promise<void>((resolve, reject) => {
        end = (failure) => (failure === undefined ? resolve() : reject(failure));
      });
    } finally {
      seen.now -= 1;
    }
  };
  const places = new NewPlaces(look, (thrown) => errors.push(thrown));
  return { places, seen, errors, end: (failure?: Error) => end?.(failure) };
}

describe('new places of a workspace', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
  afterEach(() => mock.timers.reset());

  it('are looked into once where a folder is among them, and not where there are files alone', () =>
    inTemporaryFolder(async (folder) => {
      const { places, seen, end } = setUp();
      await writeFile(path.join(folder, 'file'), '');
      for (const name of ['file', 'gone']) places.add(path.join(folder, name));
      await gathered();
      assert.equal(seen.looks, 0);
      await mkdir(path.join(folder, 'run'));
      for (const name of ['file', 'run', 'gone']) places.add(path.join(folder, name));
      await gathered();
      assert.equal(seen.looks, 1);
      end();
      await gathered();
      assert.equal(seen.looks, 1);
      places.dispose();
    }));

  it('are not asked one by one where there are many', async () => {
    const { places, seen } = setUp();
    for (let index = 0; index <= 1000; index += 1) places.add(`/nowhere/${String(index)}`);
    await gathered();
    assert.equal(seen.looks, 1);
    places.dispose();
  });

  it('that come during a look are looked into after it, the same place too', () =>
    inTemporaryFolder(async (folder) => {
      const { places, seen, end } = setUp();
      places.add(folder);
      await gathered();
      places.add(folder);
      await gathered();
      assert.deepEqual(seen, { looks: 1, now: 1, most: 1 });
      end();
      await gathered();
      assert.deepEqual(seen, { looks: 2, now: 1, most: 1 });
      end();
      places.dispose();
    }));

  it('of a look that failed are told of, and looked into with what comes next', () =>
    inTemporaryFolder(async (folder) => {
      const { places, seen, errors, end } = setUp();
      places.add(folder);
      await gathered();
      const failure = new Error('a drive went away');
      end(failure);
      await gathered();
      assert.deepEqual([seen.looks, errors], [1, [failure]]);
      places.add(path.join(folder, 'gone'));
      await gathered();
      assert.equal(seen.looks, 2);
      places.dispose();
    }));

  it('are nobody’s once it is disposed', () =>
    inTemporaryFolder(async (folder) => {
      const { places, seen } = setUp();
      places.add(folder);
      places.dispose();
      places.add(folder);
      await gathered();
      assert.equal(seen.looks, 0);
    }));
});
