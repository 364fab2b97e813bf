import assert from 'node:assert/strict';
import { mkdir, rename, rm, stat, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AnalysisDocument } from '../../../../src/core/report/analysis';
import { RESULT_KINDS } from '../../../../src/core/results';
import type { ResultDocument, ResultKind } from '../../../../src/core/results/types';
import { AdapterStore } from '../../../../src/host/state/analysisStore';
import { type CachedResult, ResultRestorer } from '../../../../src/host/state/keptResults';
import { analysisOf, scored } from '../../../support/analysisDocument';
import { collectingLog } from '../../../support/log';
import { skipBecause } from '../../../support/skip';
import { itInFolder } from '../../../support/temporaryFolder';
import { adapterStore } from '../../../support/adapterStore';
import { say } from '../../../../src/core/message';
import { untranslated } from '../../../support/english';

const { analysis } = RESULT_KINDS;

/** A cache that answers when it is told to. */
class SlowCache {
  readonly kinds = [analysis];
  readonly removed: string[] = [];
  answer: () => void = () => undefined;
  readonly #opened = new Promise<void>((resolve) => (this.answer = resolve));

  constructor(private readonly documents: readonly AnalysisDocument[]) {}

  async load(_kind: ResultKind, adapter: string): Promise<AnalysisDocument | undefined> {
    await this.#opened;
    return this.documents.find((document) => document.adapter === adapter);
  }

  async loadAll(): Promise<CachedResult[]> {
    await this.#opened;
    return this.documents.map((document) => ({ kind: analysis, document }));
  }

  remove(_kind: ResultKind, adapter: string): Promise<void> {
    this.removed.push(adapter);
    return Promise.resolve();
  }
}

/** @param onStale runs when a look at changed files ends, before anybody hears of it */
function setUp(
  documents: readonly AnalysisDocument[],
  onStale: (store: AdapterStore) => void = () => undefined,
) {
  const store = adapterStore();
  const cache = new SlowCache(documents);
  const shown: ResultDocument[] = [];
  const translate = (message: string, ...values: readonly (string | number)[]): string => {
    onStale(store);
    return untranslated(message, ...values);
  };
  const { log, lines } = collectingLog();
  const restorer = new ResultRestorer({
    store,
    cache,
    log,
    translate,
    onRestored: (document) => shown.push(document),
  });
  return { store, cache, restorer, shown, lines };
}

/** Weights in a folder, and the result of them. */
async function analyzed(folder: string, name = 'adapter_model.safetensors'): Promise<AnalysisDocument> {
  const adapter = join(folder, name);
  await writeFile(adapter, 'weights');
  const { size, mtimeMs } = await stat(adapter);
  return analysisOf([scored('a')], { adapter, inputs: [{ path: adapter, size, mtimeMs }] });
}

const again = (document: AnalysisDocument): AnalysisDocument => ({ ...document, notes: [say('new')] });

describe('a kept result', () => {
  itInFolder('is waited for by everybody who asks for its adapter, and shown once', async (folder) => {
    const old = await analyzed(folder);
    const { store, cache, restorer, shown } = setUp([old]);
    store.add(old.adapter);
    const asked = [restorer.restore(old.adapter), restorer.restore(old.adapter), restorer.restoreAll()];
    assert.equal(store.get(old.adapter)?.document, null);
    cache.answer();
    await asked[1];
    assert.equal(store.get(old.adapter)?.document, old);
    await Promise.all(asked);
    assert.deepEqual(shown, [old]);
  });

  itInFolder('is found for an adapter that the store knows already', async (folder) => {
    const old = await analyzed(folder);
    const { store, cache, restorer } = setUp([old]);
    cache.answer();
    store.add(old.adapter);
    await restorer.restore(old.adapter);
    assert.equal(store.get(old.adapter)?.document, old);
  });

  itInFolder('gives way to an analysis that ended while it was read', async (folder) => {
    const old = await analyzed(folder);
    const { store, cache, restorer, shown } = setUp([old]);
    const all = restorer.restoreAll();
    cache.answer();
    const fresh = again(old);
    store.setDocument(old.adapter, fresh);
    await all;
    assert.equal(store.get(old.adapter)?.document, fresh);
    assert.deepEqual(shown, []);
  });

  itInFolder('gives way to an analysis that ends or begins while its files are looked at', async (folder) => {
    const fresh = await analyzed(folder);
    const old = { ...fresh, inputs: [{ path: fresh.adapter, size: 1, mtimeMs: 1 }] };
    const steps: ((store: AdapterStore) => void)[] = [
      (store) => store.setDocument(old.adapter, fresh),
      (store) => store.setProgress(old.adapter, null, []),
    ];
    for (const step of steps) {
      const { store, cache, restorer, shown } = setUp([old], step);
      store.add(old.adapter);
      cache.answer();
      await restorer.restore(old.adapter);
      assert.notEqual(store.get(old.adapter)?.document, old);
      assert.equal(store.get(old.adapter)?.stale, null);
      assert.deepEqual(shown, []);
    }
  });

  itInFolder('does not come back once it was cleared', async (folder) => {
    const old = await analyzed(folder);
    const { store, cache, restorer } = setUp([old]);
    const all = restorer.restoreAll();
    store.setResult(analysis, old.adapter, null);
    cache.answer();
    await all;
    await restorer.restore(old.adapter);
    assert.equal(store.get(old.adapter)?.document ?? null, null);
  });

  itInFolder('is removed if its adapter was deleted, and kept if the drive is missing', async (folder) => {
    const gone = analysisOf([], { adapter: join(folder, 'run', 'adapter_model.safetensors') });
    const unplugged = analysisOf([], { adapter: join(folder, 'a', 'b', 'adapter_model.safetensors') });
    const { store, cache, restorer } = setUp([gone, unplugged]);
    cache.answer();
    await restorer.restoreAll();
    assert.deepEqual(cache.removed, [gone.adapter]);
    assert.deepEqual(store.adapters, []);
  });
});

describe('a look at the files', () => {
  itInFolder('says of the result that is there then whether they changed', async (folder) => {
    const fresh = await analyzed(folder);
    const old = { ...fresh, inputs: [{ path: fresh.adapter, size: 1, mtimeMs: 1 }] };
    const { store, restorer } = setUp([]);
    store.setDocument(old.adapter, old);
    const looked = restorer.verifyInputs(analysis, old.adapter);
    store.setDocument(old.adapter, fresh);
    await looked;
    assert.equal(store.get(old.adapter)?.stale, null);
    store.setDocument(old.adapter, old);
    await restorer.verify();
    assert.equal(store.get(old.adapter)?.stale, 'adapter_model.safetensors changed');
  });

  itInFolder('is taken once for all who ask, and once more for those who ask meanwhile', async (folder) => {
    const fresh = await analyzed(folder);
    const changed = { ...fresh, inputs: [{ path: fresh.adapter, size: 1, mtimeMs: 1 }] };
    const meanwhile: Promise<void>[] = [];
    let looks = 0;
    const { store, restorer } = setUp([], () => {
      looks += 1;
      if (looks === 1) meanwhile.push(restorer.verify(), restorer.verify());
    });
    store.setDocument(changed.adapter, changed);
    await Promise.all([restorer.verify(), restorer.verify()]);
    await Promise.all(meanwhile);
    assert.equal(looks, 2);
  });

  itInFolder(
    'keeps the scores of adapters that are gone, and notices when they come back',
    async (folder) => {
      const old = await analyzed(folder);
      const { store, cache, restorer } = setUp([old]);
      cache.answer();
      await restorer.restoreAll();
      await rm(old.adapter);
      await restorer.verify();
      const gone = store.get(old.adapter);
      assert.deepEqual([gone?.isGone, gone?.stale], [true, 'adapter_model.safetensors deleted']);
      assert.equal(gone?.document, old);
      await writeFile(old.adapter, 'other weights');
      await restorer.verify();
      const back = store.get(old.adapter);
      assert.deepEqual([back?.isGone, back?.stale], [false, 'adapter_model.safetensors changed']);
    },
  );
});

describe('a place that cannot be looked at', () => {
  // A link that leads to itself is one, whoever asks: as a network drive that went stale is.
  before(function () {
    if (process.platform === 'win32') skipBecause(this, 'links need rights on Windows');
  });

  itInFolder('delays no other result, is reported once, and shown as soon as possible', async (folder) => {
    const drive = join(folder, 'drive');
    const [away, bare] = [`${drive}-away`, join(folder, 'bare.safetensors')];
    await mkdir(drive);
    const bad = await analyzed(drive);
    const good = await analyzed(folder);
    await rename(drive, away);
    await symlink(drive, drive);
    const { store, cache, restorer, lines } = setUp([bad, good]);
    cache.answer();
    await restorer.restoreAll();
    assert.equal(store.get(good.adapter)?.document, good);
    await restorer.restore(bad.adapter);
    store.add(bare);
    await restorer.verify();
    assert.equal(store.get(bare), undefined);
    assert.equal(store.get(bad.adapter)?.document ?? null, null);
    assert.equal(lines.length, 1);
    assert.ok(lines[0]?.startsWith(`${bad.adapter} cannot be looked at now: `), lines[0]);
    await unlink(drive);
    await rename(away, drive);
    await restorer.verify();
    assert.equal(store.get(bad.adapter)?.document, bad);
    assert.equal(store.get(bad.adapter)?.stale, null);
  });

  itInFolder('makes the result that is shown stale, and the other adapters are looked at', async (folder) => {
    const drive = join(folder, 'a-drive');
    await mkdir(drive);
    const [bad, good] = [await analyzed(drive), await analyzed(folder)];
    const { store, cache, restorer, lines } = setUp([bad, good]);
    cache.answer();
    await restorer.restoreAll();
    await rename(drive, `${drive}-away`);
    await symlink(drive, drive);
    await rm(good.adapter);
    await restorer.verify();
    await restorer.verify();
    assert.equal(store.get(bad.adapter)?.document, bad);
    assert.match(store.get(bad.adapter)?.stale ?? '', /^adapter_model.safetensors cannot be read: /);
    assert.equal(store.get(good.adapter)?.isGone, true);
    assert.equal(lines.length, 1);
  });
});
