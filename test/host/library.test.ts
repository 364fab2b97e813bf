import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { RESULT_KINDS } from '../../src/core/results';
import { AdapterStore } from '../../src/host/state/analysisStore';
import { keyOf, ResultCache } from '../../src/host/state/keptResults';
import { AdapterLibrary } from '../../src/host/state/library';
import { analysisOf, scored } from '../support/analysisDocument';
import { collectingLog } from '../support/log';
import { itInFolder } from '../support/temporaryFolder';
import { adapterStore } from '../support/adapterStore';
import { BENIGN, eventually, uri } from './support';

function setUp(folder: string): { store: AdapterStore; library: AdapterLibrary } {
  const store = adapterStore();
  const { log } = collectingLog();
  return { store, library: new AdapterLibrary(store, new ResultCache(folder, log), log) };
}

describe('A new result', () => {
  itInFolder('is on the disk before anybody sees it, whatever its size', async (folder) => {
    const { store, library } = setUp(folder);
    const modules = Array.from({ length: 10_000 }, (_, at) => scored(`model.layers.${String(at)}.q_proj`));
    const result = analysisOf(modules);
    const seen: boolean[] = [];
    store.onDidChange(() => {
      if (store.get(result.adapter)?.document != null)
        seen.push(existsSync(path.join(folder, 'results', `${keyOf(result.adapter)}.json`)));
    });
    await library.accept(RESULT_KINDS.analysis, result);
    assert.equal(store.get(result.adapter)?.document, result);
    await new Promise((resolve) => setImmediate(resolve));
    assert.ok(seen.length > 0 && seen.every(Boolean), JSON.stringify(seen));
    library.dispose();
  });

  itInFolder('is found again by the next window, and gone once it was cleared', async (folder) => {
    const result = analysisOf([scored('a')], { adapter: path.join(folder, 'adapter_model.safetensors') });
    const first = setUp(folder);
    await first.library.accept(RESULT_KINDS.analysis, result);
    first.library.dispose();
    const { store, library } = setUp(folder);
    await library.clear([result.adapter]);
    await library.accept(RESULT_KINDS.analysis, result);
    await library.clear([result.adapter]);
    await library.flush();
    assert.equal(store.get(result.adapter)?.document, null);
    assert.ok(!existsSync(path.join(folder, 'results', `${keyOf(result.adapter)}.json`)));
    library.dispose();
  });
});

describe('A look through the workspace', () => {
  itInFolder('that failed is tried again', async (folder) => {
    const { log } = collectingLog();
    const cache = new ResultCache(folder, log);
    const { store } = setUp(folder);
    const library = new AdapterLibrary(store, cache, log);
    let scanned = 0;
    library.onDidScan(() => (scanned += 1));
    const loadAll = (): Promise<never> => Promise.reject(new Error('ESTALE'));
    Object.assign(cache, { loadAll });
    await assert.rejects(library.scan(), /ESTALE/);
    assert.equal(scanned, 0);
    Object.assign(cache, { loadAll: () => Promise.resolve([]) });
    await library.refresh();
    assert.equal(scanned, 1);
    assert.ok(store.adapters.length > 0);
    library.dispose();
  });

  itInFolder(
    'finds adapters in folders that are copied, renamed, or moved as part of another one',
    async (folder) => {
      const { store, library } = setUp(folder);
      await library.scan();
      const listed = (...parts: string[]): boolean =>
        store.get(uri(...parts, 'adapter_model.safetensors').fsPath) !== undefined;
      const { fs } = vscode.workspace;
      try {
        await fs.copy(uri(BENIGN), uri('run', 'copied'));
        await eventually('the copy', () => listed('run', 'copied'));
        await fs.rename(uri('run', 'copied'), uri('run', 'renamed'));
        await eventually('the new name', () => listed('run', 'renamed'));
        await eventually('no old name', () => !listed('run', 'copied'));
        await fs.rename(uri('run'), uri('run-2'));
        await eventually('the new place', () => listed('run-2', 'renamed'));
      } finally {
        for (const name of ['run', 'run-2'])
          await fs.delete(uri(name), { recursive: true }).then(undefined, () => undefined);
        library.dispose();
      }
    },
  );

  itInFolder('finds an adapter again with the result that was kept of it', async (folder) => {
    const { store, library } = setUp(folder);
    await library.scan();
    const { fs } = vscode.workspace;
    await fs.copy(uri(BENIGN), uri('here'));
    const adapter = uri('here', 'adapter_model.safetensors').fsPath;
    try {
      await eventually('the copy', () => store.get(adapter));
      await library.accept(RESULT_KINDS.analysis, analysisOf([scored('a')], { adapter }));
      await fs.rename(uri('here'), uri('there'));
      await eventually('it is gone', () => store.get(adapter)?.isGone);
      await fs.rename(uri('there'), uri('here'));
      await eventually('it is back', () => store.get(adapter)?.isGone === false);
      assert.ok(store.get(adapter)?.document);
    } finally {
      await fs.delete(uri('here'), { recursive: true }).then(undefined, () => undefined);
      library.dispose();
    }
  });
});
