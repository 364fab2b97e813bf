import assert from 'node:assert/strict';
import { symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { mock } from 'node:test';
import { isFolder, NewPlaces } from '../../../../src/host/state/newPlaces';
import { skipBecause } from '../../../support/skip';
import { inTemporaryFolder } from '../../../support/temporaryFolder';

/** As long as places are gathered, by a clock that is told to go on. */
const GATHERED_MS = 300;
/** More turns of promises than anything here waits for. */
const TURNS = 3000;

async function settled(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await Promise.resolve();
}

/** What is under way comes to its end, and what was gathered is looked into. */
async function gathered(): Promise<void> {
  await settled();
  mock.timers.tick(GATHERED_MS);
  await settled();
}

/** Looks that end when they are told to, how many there were and at a time; places called `/folder…` are folders. */
function setUp() {
  const seen = { looks: 0, now: 0, most: 0, asked: 0 };
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
  const mayBeFolder = (place: string): Promise<boolean> => {
    seen.asked += 1;
    return Promise.resolve(place.startsWith('/folder'));
  };
  const places = new NewPlaces(look, (thrown) => errors.push(thrown), mayBeFolder);
  return { places, seen, errors, end: (failure?: Error) => end?.(failure) };
}

describe('new places of a workspace', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
  afterEach(() => mock.timers.reset());

  it('are looked into once where a folder is among them, and not where there are files alone', async () => {
    const { places, seen, end } = setUp();
    for (const place of ['/file', '/gone']) places.add(place);
    await gathered();
    assert.deepEqual([seen.asked, seen.looks], [2, 0]);
    for (const place of ['/file', '/folder', '/gone']) places.add(place);
    await gathered();
    assert.deepEqual([seen.asked, seen.looks], [4, 1], 'the first folder is enough');
    end();
    await gathered();
    assert.equal(seen.looks, 1);
    places.dispose();
  });

  it('are not looked at one by one if there are many', async () => {
    const { places, seen } = setUp();
    for (let index = 0; index <= 1000; index += 1) places.add(`/nowhere/${String(index)}`);
    await gathered();
    assert.deepEqual([seen.asked, seen.looks], [0, 1]);
    places.dispose();
  });

  it('are folders as the file system says; unknown if they cannot be read', function () {
    if (process.platform === 'win32') skipBecause(this, 'links need rights on Windows');
    return inTemporaryFolder(async (folder) => {
      const [file, loop] = [path.join(folder, 'file'), path.join(folder, 'loop')];
      await writeFile(file, '');
      await symlink(loop, loop);
      assert.equal(await isFolder(folder), true);
      assert.equal(await isFolder(file), false);
      assert.equal(await isFolder(path.join(folder, 'gone')), false);
      assert.equal(await isFolder(loop), true);
    });
  });

  it('that come during a look are looked into after it, the same place too', async () => {
    const { places, seen, end } = setUp();
    places.add('/folder');
    await gathered();
    places.add('/folder');
    await gathered();
    assert.deepEqual([seen.looks, seen.now], [1, 1]);
    end();
    await gathered();
    assert.deepEqual([seen.looks, seen.now, seen.most], [2, 1, 1]);
    end();
    places.dispose();
  });

  it('of a failed lookup are reported, and tried again with the next', async () => {
    const { places, seen, errors, end } = setUp();
    places.add('/folder');
    await gathered();
    const failure = new Error('a drive went away');
    end(failure);
    await gathered();
    assert.deepEqual([seen.looks, errors], [1, [failure]]);
    places.add('/gone');
    await gathered();
    assert.equal(seen.looks, 2);
    places.dispose();
  });

  it('that come during a look that fails are looked into after it, with its own', async () => {
    const { places, seen, end } = setUp();
    places.add('/folder');
    await gathered();
    places.add('/file');
    end(new Error('a drive went away'));
    await gathered();
    assert.equal(seen.looks, 2);
    end();
    await gathered();
    assert.equal(seen.looks, 2);
    places.dispose();
  });

  it('are dropped after dispose', async () => {
    const { places, seen } = setUp();
    places.add('/folder');
    places.dispose();
    places.add('/folder');
    await gathered();
    assert.deepEqual([seen.asked, seen.looks], [0, 0]);
  });
});
