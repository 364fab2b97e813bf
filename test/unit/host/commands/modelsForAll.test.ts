import assert from 'node:assert/strict';
import { modelsForAll, type ModelSource } from '../../../../src/host/commands/modelsForAll';
import type { ModelPair } from '../../../../src/host/settingDefinitions';

interface Setup {
  readonly source: ModelSource;
  readonly asked: string[];
  readonly remembered: string[];
}

/** Adapters whose configs name a folder (or none); a person answers with that folder, or with `/other`. */
function setUp(
  presumed: Readonly<Record<string, string>>,
  known: Readonly<Record<string, ModelPair>> = {},
): Setup {
  const asked: string[] = [];
  const remembered: string[] = [];
  const source: ModelSource = {
    presumed: (adapter) => Promise.resolve(presumed[adapter]),
    confirmed: (adapter) => Promise.resolve(known[adapter]),
    choose: (adapter) => {
      asked.push(adapter);
      const aligned = presumed[adapter] ?? `/other${asked.length}`;
      return Promise.resolve({ base: `${aligned}-base`, aligned });
    },
    remember: (folder) => {
      remembered.push(folder);
      return Promise.resolve();
    },
  };
  return { source, asked, remembered };
}

describe('models for all adapters', () => {
  it('never gives an adapter the models of another that names another folder', async () => {
    const { source, asked } = setUp({ '/x/a/w': '/x/chat', '/y/a/w': '/y/chat' });
    const found = await modelsForAll(['/x/a/w', '/y/a/w'], source);
    assert.deepEqual(asked, ['/x/a/w', '/y/a/w']);
    assert.equal(found?.get('/x/a/w')?.aligned, '/x/chat');
    assert.equal(found.get('/y/a/w')?.aligned, '/y/chat');
  });

  it('asks once for adapters of the same folder, and keeps the answer for each', async () => {
    const { source, asked, remembered } = setUp({ '/r/1/w': '/chat', '/r/2/w': '/chat', '/r/3/w': '/chat' });
    const found = await modelsForAll(['/r/1/w', '/r/2/w', '/r/3/w'], source);
    assert.deepEqual(asked, ['/r/1/w']);
    assert.deepEqual(remembered, ['/r/2', '/r/3']);
    assert.deepEqual(new Set([...(found?.values() ?? [])].map(({ aligned }) => aligned)), new Set(['/chat']));
  });

  it('takes what was chosen before for another adapter of the same folder', async () => {
    const pair = { base: '/base', aligned: '/chat' };
    const { source, asked } = setUp({ '/a/w': '/chat', '/b/w': '/chat' }, { '/b/w': pair });
    const found = await modelsForAll(['/a/w', '/b/w'], source);
    assert.deepEqual(asked, []);
    assert.deepEqual(found?.get('/a/w'), pair);
  });

  it('asks for each adapter that names no model, or none that is here', async () => {
    const pair = { base: '/base', aligned: '/chat' };
    const { source, asked } = setUp({}, { '/a/w': pair });
    const found = await modelsForAll(['/a/w', '/b/w', '/c/w'], source);
    assert.deepEqual(asked, ['/b/w', '/c/w']);
    assert.deepEqual(found?.get('/a/w'), pair);
  });

  it('does not share what was chosen against the config', async () => {
    const own = { base: '/base', aligned: '/elsewhere' };
    const { source, asked } = setUp({ '/a/w': '/chat', '/b/w': '/chat' }, { '/a/w': own });
    const found = await modelsForAll(['/a/w', '/b/w'], source);
    assert.deepEqual(asked, ['/b/w']);
    assert.equal(found?.get('/b/w')?.aligned, '/chat');
  });

  it('ends where a person turns away', async () => {
    const { source } = setUp({ '/a/w': '/chat' });
    assert.equal(
      await modelsForAll(['/a/w'], { ...source, choose: () => Promise.resolve(undefined) }),
      undefined,
    );
  });
});
