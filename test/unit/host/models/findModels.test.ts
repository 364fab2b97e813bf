import assert from 'node:assert/strict';
import fs, { mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { mock } from 'node:test';
import {
  hubEnvironment,
  listCandidates,
  locateModel,
  readAlignedHint,
  remoteHost,
  rankAsAligned,
  rankAsBase,
  resolveHint,
  resolveModel,
  sharedSpec,
  type ModelCandidate,
  type ModelPlaces,
} from '../../../../src/host/models/findModels';
import { rejection } from '../../../support/rejection';
import { skipBecause } from '../../../support/skip';
import { inTemporaryFolder, itInFolder } from '../../../support/temporaryFolder';

/** An empty file is enough: no weights are read. */
async function folderWith(folder: string, ...names: readonly string[]): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (const name of names) await writeFile(path.join(folder, name), '{}');
  return folder;
}

const model = (folder: string): Promise<string> => folderWith(folder, 'config.json', 'model.safetensors');

/** A repo in the cache as huggingface_hub lays it out. */
async function cached(hub: string, repo: string): Promise<string> {
  const root = path.join(hub, `models--${repo.replace('/', '--')}`);
  const snapshot = await model(path.join(root, 'snapshots', '0a1b'));
  await mkdir(path.join(root, 'refs'), { recursive: true });
  await writeFile(path.join(root, 'refs', 'main'), '0a1b');
  return snapshot;
}

function placesIn(folder: string, more: Partial<ModelPlaces> = {}): ModelPlaces {
  const env = { HOME: path.join(folder, 'home'), HF_HUB_CACHE: path.join(folder, 'hub') };
  return { from: [], folders: [], env, ...more };
}

const candidate = (label: string): ModelCandidate => ({ label, path: `/m/${label}` });

describe('what a model’s name means on this machine', () => {
  itInFolder('is a folder before the cache, and the nearest folder first', async (folder) => {
    const snapshot = await cached(path.join(folder, 'hub'), 'org/chat');
    const places = placesIn(folder, {
      from: [path.join(folder, 'adapter'), path.join(folder, 'space')],
      folders: [path.join(folder, 'models')],
    });
    assert.equal(await resolveModel('org/chat', places), snapshot);
    for (const place of ['models', 'space', 'adapter']) {
      const found = await model(path.join(folder, place, 'org', 'chat'));
      assert.equal(await resolveModel('org/chat', places), found);
    }
    assert.equal(await resolveModel('../space/org/chat', places), path.join(folder, 'space', 'org', 'chat'));
  });

  itInFolder('is the path itself, the home folder written short, or nothing', async (folder) => {
    const at = await model(path.join(folder, 'home', 'chat'));
    const places = placesIn(folder);
    assert.equal(await resolveModel(at, places), at);
    assert.equal(await resolveModel('~/chat', places), at);
    for (const spec of ['', '  ', 'org/none', path.join(folder, 'none'), '../none'])
      assert.equal(await resolveModel(spec, places), undefined, spec);
  });

  it('is nothing for an impossible name or a folder without permission: configs come from other machines', function () {
    if (process.platform === 'win32') skipBecause(this, 'links need rights on Windows');
    return inTemporaryFolder(async (folder) => {
      const snapshot = await cached(path.join(folder, 'hub'), 'org/chat');
      const loop = path.join(folder, 'loop');
      await symlink(loop, loop);
      const places = placesIn(folder, { from: [loop], folders: ['nul\0', 'x'.repeat(300)] });
      for (const spec of [path.join(loop, 'chat'), `/${'x'.repeat(300)}`, '/nul\0', 'nul\0'])
        assert.equal(await resolveModel(spec, places), undefined, spec);
      await rejection(locateModel(path.join(loop, 'chat'), places), 'io');
      for (const spec of ['/nul\0', `/${'x'.repeat(300)}`])
        await rejection(locateModel(spec, places), 'not-found');
      assert.equal(await resolveModel('org/chat', places), snapshot, 'other places are asked all the same');
    });
  });

  it('is looked up in the cache that the settings name, if they name one', () => {
    const env = { HF_HUB_CACHE: '/one' };
    assert.equal(hubEnvironment(env, '')['HF_HUB_CACHE'], '/one');
    assert.equal(hubEnvironment(env, '/two')['HF_HUB_CACHE'], '/two');
  });
});

describe('what an adapter’s config names', () => {
  /** Every path that is looked at while `work` runs. */
  async function looks(work: () => Promise<unknown>): Promise<string[]> {
    const real = fs.stat;
    const seen: string[] = [];
    const spy = mock.method(fs, 'stat', (...args: Parameters<typeof real>) => {
      seen.push(String(args[0]));
      return real(...args);
    });
    try {
      await work();
    } finally {
      spy.mock.restore();
    }
    return seen;
  }

  const ELSEWHERE = [
    ['\\\\server\\share\\chat', '//server/share/chat', '/\\server/share/chat', '\\/server\\share'],
    ['\\\\?\\UNC\\server\\share', '\\\\.\\UNC\\server', '//?/UNC/server/share', '\\\\wsl$\\x'],
    ['/net/server/chat', '/net/server', '/NET/server', '/./net/server', '/x/../net/server', '///net/server'],
    [
      '../../../../../../../../../../../../net/server/chat',
      '..//../../../../../../../../../../..//net/server',
    ],
    ['/misc/server', '/smb/server', '/afs/server', '/Network/Servers/server', '/proc/self/root/net/server'],
  ].flat();

  itInFolder('is not looked up on another machine because the config names it', async (folder) => {
    const places = placesIn(folder, { from: [path.join(folder, 'adapter')], folders: [folder] });
    for (const hint of ELSEWHERE) {
      const seen = await looks(async () => assert.equal(await resolveHint(hint, places), undefined));
      assert.deepEqual(
        seen.filter((place) => /server|wsl/.test(place)),
        [],
        hint,
      );
    }
    assert.ok((await looks(() => resolveHint('/net-models/chat', places))).length > 0, 'the spy sees');
  });

  it('is looked for where the user’s own folders are, and on this machine', async () => {
    const places = { from: ['/net/server/adapter'], folders: ['//files/models'], env: { HOME: '/home/me' } };
    for (const hint of [
      '../chat',
      '/net/server/chat',
      '//files/models/chat',
      'org/chat',
      '/models/chat',
      '~/chat',
    ]) {
      const seen = await looks(() => resolveHint(hint, places));
      assert.ok(seen.length > 0, hint);
    }
    assert.deepEqual(await looks(() => resolveHint('/net/other/chat', places)), []);
    assert.deepEqual(await looks(() => resolveHint('//server/chat', places)), []);
  });

  it('may be on any machine where the user names it', async () => {
    const places = { from: [], folders: [], env: {} };
    assert.deepEqual(await looks(() => resolveModel('/net/server/chat', places)), ['/net/server/chat']);
  });
});

describe('models to choose from', () => {
  itInFolder(
    'are those of the places given, two levels deep, and those of the cache by their repo',
    async (folder) => {
      const snapshot = await cached(path.join(folder, 'hub'), 'org/chat');
      const known = await model(path.join(folder, 'known'));
      const own = await model(path.join(folder, 'models', 'own'));
      const owned = await folderWith(
        path.join(folder, 'models', 'owner', 'sharded'),
        'config.json',
        'model.safetensors.index.json',
      );
      await model(path.join(folder, 'models', 'a', 'b', 'too-deep'));
      await model(path.join(folder, 'models', '.hidden'));
      await folderWith(path.join(folder, 'models', 'no-weights'), 'config.json');
      await folderWith(path.join(folder, 'models', 'no-config'), 'model.safetensors');
      const adapter = await model(path.join(folder, 'models', 'adapter'));
      await folderWith(adapter, 'adapter_config.json');
      const places = placesIn(folder, { folders: [path.join(folder, 'models'), path.join(folder, 'gone')] });
      const found = await listCandidates([known, known, path.join(folder, 'gone')], places);
      assert.deepEqual(
        [...found].sort((x, y) => x.label.localeCompare(y.label)),
        [
          { label: 'known', path: known },
          { label: 'org/chat', path: snapshot },
          { label: 'own', path: own },
          { label: 'sharded', path: owned },
        ],
      );
    },
  );

  it('for the base begin with the guess, and leave out the aligned model itself', () => {
    const aligned = '/m/Llama-2-7b-chat-hf';
    const all = ['zoo', 'Llama-2-7b-chat-hf', 'Llama-2-7b', 'apes', 'Llama-2-7b-hf'].map(candidate);
    assert.deepEqual(
      rankAsBase(all, aligned).map(({ label, guessed }) => [label, guessed]),
      [
        ['Llama-2-7b-hf', true],
        ['Llama-2-7b', true],
        ['apes', false],
        ['zoo', false],
      ],
    );
  });

  it('for the aligned model start with what the adapter names, whatever its publisher', () => {
    const all = ['b', 'mirror/Chat-7B', 'a'].map(candidate);
    const ranked = (hint: string | undefined): string[] =>
      rankAsAligned(all, hint).map(({ label, guessed }) => `${label}${guessed ? '!' : ''}`);
    assert.deepEqual(ranked('org/chat-7b'), ['mirror/Chat-7B!', 'a', 'b']);
    assert.deepEqual(ranked(undefined), ['a', 'b', 'mirror/Chat-7B']);
  });
});

describe('how a model is kept', () => {
  itInFolder('is the repo id of a snapshot in the cache, the same on every machine', async (folder) => {
    const snapshot = await cached(path.join(folder, 'hub'), 'org/chat');
    const places = placesIn(folder);
    assert.equal(await sharedSpec(snapshot, places), 'org/chat');
    assert.equal(await sharedSpec(snapshot + path.sep, places), 'org/chat');
  });

  itInFolder(
    'is the path where the repo id leads elsewhere: another revision, cache or folder',
    async (folder) => {
      const snapshot = await cached(path.join(folder, 'hub'), 'org/chat');
      const older = await model(path.join(path.dirname(snapshot), '0000'));
      const elsewhere = await cached(path.join(folder, 'other'), 'org/chat');
      for (const place of [older, elsewhere]) assert.equal(await sharedSpec(place, placesIn(folder)), place);
      await model(path.join(folder, 'space', 'org', 'chat'));
      const places = placesIn(folder, { from: [path.join(folder, 'space')] });
      assert.equal(await sharedSpec(snapshot, places), snapshot);
    },
  );

  itInFolder('is the path of any other folder', async (folder) => {
    const plain = await model(path.join(folder, 'models', 'chat'));
    assert.equal(await sharedSpec(plain, placesIn(folder)), plain);
  });
});

describe('the aligned model that an adapter names', () => {
  const hintOf = async (config: string | undefined): Promise<string | undefined> => {
    let hint: string | undefined;
    await inTemporaryFolder(async (folder) => {
      if (config !== undefined) await writeFile(path.join(folder, 'adapter_config.json'), config);
      hint = await readAlignedHint(path.join(folder, 'adapter_model.safetensors'));
    });
    return hint;
  };

  it('is PEFT’s or MLX’s field', async () => {
    assert.equal(await hintOf('{"base_model_name_or_path": "org/chat", "model": "no"}'), 'org/chat');
    assert.equal(await hintOf('{"model": "org/chat"}'), 'org/chat');
    assert.equal(await hintOf('{"base_model_name_or_path": "", "model": "org/chat"}'), 'org/chat');
  });

  it('is not known where the config is missing, broken, silent or no object', async () => {
    for (const config of [undefined, '{', '', 'null', '[]', '{}', '7', '{"base_model_name_or_path": 7}'])
      assert.equal(await hintOf(config), undefined, config);
  });

  itInFolder('is not looked for in what is no file', async (folder) => {
    await mkdir(path.join(folder, 'adapter_config.json'));
    assert.equal(await readAlignedHint(path.join(folder, 'adapter_model.safetensors')), undefined);
  });

  itInFolder('is not looked for in a file too large for a config', async (folder) => {
    const config = path.join(folder, 'adapter_config.json');
    await writeFile(config, '{"model": "org/chat"}');
    await truncate(config, 17 * 1024 * 1024);
    assert.equal(await readAlignedHint(path.join(folder, 'adapter_model.safetensors')), undefined);
  });
});

describe('the machine that a path leads to', () => {
  it('is recognized by UNC paths and by automounted folders', () => {
    const expected: readonly (readonly [string, string | undefined])[] = [
      ['\\\\Server\\share\\x', '//server'],
      ['//server/other', '//server'],
      [path.win32.resolve('C:\\adapters\\x', '//server/share/x'), '//server'],
      ['/net/Server/x', '/net/server'],
      ['/net', '/net/'],
      ['/Network/Servers/x', '/network/servers'],
    ];
    for (const [place, host] of expected) assert.equal(remoteHost(place), host, place);
  });

  it('is undefined for a local path', () => {
    const here = ['C:\\net\\x', 'net/server', '/nets/x', '/home/net/x', '~/net', '', '/', 'file://server/x'];
    for (const place of here) assert.equal(remoteHost(place), undefined, place);
    assert.equal(remoteHost(path.win32.resolve('C:\\adapters\\x', '..\\..\\..\\server')), undefined);
  });

  it('is of no use to compare where a path of Windows can mean any', () => {
    assert.notEqual(remoteHost('\\\\?\\C:\\x'), remoteHost('\\\\?\\UNC\\server\\share'));
  });
});
