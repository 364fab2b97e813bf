import assert from 'node:assert/strict';
import { access, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { formatError, SploraError } from '../../../src/core/errors';
import {
  copyMode,
  firstFree,
  siblingNames,
  writeFileAtomically,
  writeFolderAtomically,
} from '../../../src/io/atomicWrite';
import { rejection } from '../../support/rejection';
import { inTemporaryFolder, itInFolder } from '../../support/temporaryFolder';
import { say } from '../../../src/core/message';

const fill = async (stage: string): Promise<void> => {
  await mkdir(join(stage, 'sub'));
  await writeFile(join(stage, 'sub', 'a'), 'A');
  await writeFile(join(stage, 'b'), 'B');
};

describe('writeFolderAtomically', () => {
  itInFolder('puts a whole folder in place, unseen until then', async (folder) => {
    const target = join(folder, 'out');
    await writeFolderAtomically(target, async (stage) => {
      await fill(stage);
      await rejection(async () => await writeFolderAtomically(join(folder, 'none', 'x'), fill), 'not-found');
      assert.ok((await readdir(folder)).every((name) => name.startsWith('.')));
    });
    assert.deepEqual(await readdir(folder), ['out']);
    assert.deepEqual((await readdir(target)).sort(), ['b', 'sub']);
    assert.equal(await readFile(join(target, 'sub', 'a'), 'utf8'), 'A');
  });

  itInFolder('leaves nothing when filling fails or is cancelled', async (folder) => {
    const full = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    const failing = async (stage: string): Promise<void> => {
      await fill(stage);
      throw full;
    };
    const data = await rejection(writeFolderAtomically(join(folder, 'out'), failing), 'io');
    assert.match(formatError(data), /no space left.*Free some disk space/);
    const cancel = new AbortController();
    const cancelling = async (stage: string): Promise<void> => {
      await fill(stage);
      cancel.abort();
    };
    await rejection(writeFolderAtomically(join(folder, 'out'), cancelling, cancel.signal), 'cancelled');
    await rejection(writeFolderAtomically(join(folder, 'out'), fill, cancel.signal), 'cancelled');
    assert.deepEqual(await readdir(folder), []);
  });

  const occupants: Readonly<Record<string, (target: string) => Promise<unknown>>> = {
    'a file': (target) => writeFile(target, 'mine'),
    'an empty folder': (target) => mkdir(target),
    'a link that leads nowhere': (target) => symlink('nowhere', target),
    'a filled folder': async (target) => {
      await mkdir(target);
      await writeFile(join(target, 'mine'), 'mine');
    },
  };
  for (const [what, occupy] of Object.entries(occupants)) {
    itInFolder(`replaces nothing: ${what}, there before or made meanwhile`, async (folder) => {
      const target = join(folder, 'out');
      const meanwhile = async (stage: string): Promise<void> => {
        await fill(stage);
        await occupy(target);
      };
      assert.equal((await rejection(writeFolderAtomically(target, meanwhile), 'output-exists')).file, target);
      await rejection(writeFolderAtomically(target, fill), 'output-exists');
      assert.deepEqual(await readdir(folder), ['out']);
    });
  }

  itInFolder('gives each of many writers at once a name of its own', async (folder) => {
    const writers = Array.from({ length: 8 }, () =>
      writeFolderAtomically(siblingNames(join(folder, 'a')), fill),
    );
    const made = (await Promise.all(writers)).map((path) => basename(path)).sort();
    const names = ['a-splora', ...[2, 3, 4, 5, 6, 7, 8].map((n) => `a-splora-${String(n)}`)];
    assert.deepEqual(made, names);
    assert.deepEqual((await readdir(folder)).sort(), names);
  });

  itInFolder('names the target in errors, and not the stage', async (folder) => {
    const target = join(folder, 'out');
    const failing = async (stage: string): Promise<void> => {
      await writeFile(join(stage, 'a', 'b'), '');
    };
    const own = (stage: string): Promise<void> =>
      Promise.reject(
        new SploraError({ code: 'io', message: say('Writing {0}/a failed', stage), file: `${stage}/a` }),
      );
    for (const [code, fill] of [
      ['not-found', failing],
      ['io', own],
    ] as const) {
      const data = await rejection(writeFolderAtomically(target, fill), code);
      assert.doesNotMatch(JSON.stringify(data), /splora-stage/);
      assert.ok(data.file?.startsWith(target));
    }
  });

  it('keeps a stage private, and copies the modes of originals', async function () {
    if (process.platform === 'win32') this.skip();
    await inTemporaryFolder(async (folder) => {
      const original = join(folder, 'original');
      await writeFile(original, '', { mode: 0o600 });
      await writeFolderAtomically(join(folder, 'out'), async (stage) => {
        assert.equal((await stat(stage)).mode & 0o777, 0o700);
        await writeFile(join(stage, 'a'), '');
        await copyMode(original, join(stage, 'a'));
      });
      assert.equal((await stat(join(folder, 'out', 'a'))).mode & 0o777, 0o600);
    });
  });

  itInFolder('says that a file is no folder to write into', async (folder) => {
    await writeFile(join(folder, 'file'), 'mine');
    await rejection(writeFolderAtomically(join(folder, 'file', 'out'), fill), 'not-found');
  });

  itInFolder('lets one of many writers win, whole', async (folder) => {
    const target = join(folder, 'out');
    const writers = Array.from({ length: 8 }, (_, i) =>
      writeFolderAtomically(target, async (stage) => {
        await writeFile(join(stage, 'a'), String(i));
        await writeFile(join(stage, 'b'), String(i));
      }),
    );
    const ends = await Promise.allSettled(writers);
    const winner = ends.findIndex(({ status }) => status === 'fulfilled');
    assert.equal(ends.filter(({ status }) => status === 'fulfilled').length, 1);
    await Promise.all(
      writers.filter((_, i) => i !== winner).map((writer) => rejection(writer, 'output-exists')),
    );
    for (const name of ['a', 'b']) assert.equal(await readFile(join(target, name), 'utf8'), String(winner));
    assert.deepEqual(await readdir(folder), ['out']);
  });

  itInFolder(
    'leaves alone the stages of living processes and of other machines, and what only looks like one',
    async (folder) => {
      let own = '';
      await writeFolderAtomically(join(folder, 'out'), (stage) => {
        own = stage.slice(folder.length + 1);
        return Promise.resolve();
      });
      const others = [
        own, // of this process
        own.replace(/-[0-9a-f]{8}-/, '-00000000-').replace(String(process.pid), '999999999'),
        '.splora-stage-mine',
        '.splora-stage-00000000-1-zz',
      ];
      for (const name of others) await mkdir(join(folder, name));
      const dead = own.replace(`-${String(process.pid)}-`, '-999999999-');
      await mkdir(join(folder, dead));
      await writeFolderAtomically(join(folder, 'out-2'), fill);
      assert.deepEqual((await readdir(folder)).sort(), [...others, 'out', 'out-2'].sort());
    },
  );
});

describe('writeFileAtomically', () => {
  itInFolder('writes a new file, and replaces only when told to', async (folder) => {
    const path = join(folder, 'x.json');
    await writeFileAtomically(path, 'one', { replace: false });
    await rejection(writeFileAtomically(path, 'two', { replace: false }), 'output-exists');
    assert.equal(await readFile(path, 'utf8'), 'one');
    await writeFileAtomically(path, Buffer.from('three'), { replace: true });
    assert.equal(await readFile(path, 'utf8'), 'three');
    assert.deepEqual(await readdir(folder), ['x.json']);
  });

  itInFolder('lets one of many writers win', async (folder) => {
    const path = join(folder, 'x');
    const writers = Array.from({ length: 8 }, (_, i) =>
      writeFileAtomically(path, String(i), { replace: false }),
    );
    const ends = await Promise.allSettled(writers);
    assert.equal(ends.filter(({ status }) => status === 'fulfilled').length, 1);
    assert.deepEqual(await readdir(folder), ['x']);
  });

  itInFolder('keeps a link, and replaces what it leads to', async (folder) => {
    await writeFile(join(folder, 'real'), 'old');
    await symlink('real', join(folder, 'link'));
    await writeFileAtomically(join(folder, 'link'), 'new', { replace: true });
    assert.equal(await readFile(join(folder, 'real'), 'utf8'), 'new');
    assert.deepEqual((await readdir(folder)).sort(), ['link', 'real']);
  });

  itInFolder('replaces no folder, and leaves nothing where it fails', async (folder) => {
    await mkdir(join(folder, 'd'));
    await rejection(writeFileAtomically(join(folder, 'd'), 'x', { replace: true }), 'io');
    await rejection(writeFileAtomically(join(folder, 'none', 'x'), 'x', { replace: false }), 'not-found');
    assert.deepEqual(await readdir(folder), ['d']);
  });
});

describe('siblingNames', () => {
  itInFolder('counts up to the first free name; links that lead nowhere are not free', async (folder) => {
    const adapter = join(folder, 'my.adapter');
    assert.equal(firstFree(siblingNames(`${adapter}/`)), `${adapter}-splora`);
    await mkdir(`${adapter}-splora`);
    assert.equal(firstFree(siblingNames(adapter)), `${adapter}-splora-2`);
    await symlink('nowhere', `${adapter}-splora-2`);
    await writeFile(`${adapter}-splora-3`, '');
    assert.equal(firstFree(siblingNames(adapter)), `${adapter}-splora-4`);
    await rm(`${adapter}-splora`, { recursive: true });
    assert.equal(firstFree(siblingNames(adapter)), `${adapter}-splora`);
    await assert.rejects(access(`${adapter}-splora`));
  });
});
