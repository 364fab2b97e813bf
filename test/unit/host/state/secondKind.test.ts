import assert from 'node:assert/strict';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { say } from '../../../../src/core/message';
import { RESULT_KINDS } from '../../../../src/core/results';
import { inputIdentities, parseResult } from '../../../../src/core/results/parseResult';
import type { Decision, InputIdentity, ResultDocument, ResultKind } from '../../../../src/core/results/types';
import { keyOf, ResultCache, ResultRestorer } from '../../../../src/host/state/keptResults';
import { adapterStore } from '../../../support/adapterStore';
import { analysisOf, scored } from '../../../support/analysisDocument';
import { untranslated } from '../../../support/english';
import { collectingLog } from '../../../support/log';
import { itInFolder } from '../../../support/temporaryFolder';

interface Checklist extends ResultDocument {
  readonly suites: readonly { readonly name: string; readonly passed: number }[];
}

/** All that a kind costs: no file of the extension knows this one. */
const checklist = {
  id: 'checklist',
  folder: 'checklists',
  parse: async (text, file) =>
    Promise.resolve(
      parseResult<Checklist>(
        {
          version: 1,
          document: z.object({
            schemaVersion: z.literal(1),
            adapter: z.string(),
            inputs: inputIdentities,
            suites: z.array(z.object({ name: z.string(), passed: z.number() })),
          }),
          refusal: (why) => say('Not a checklist: {0}.', why),
          advice: say('Check the adapter again.'),
        },
        text,
        file,
      ),
    ),
  exports: {
    csv: {
      extension: 'csv',
      text: (document) =>
        Promise.resolve(document.suites.map(({ name, passed }) => `${name},${passed}\r\n`).join('')),
    },
  },
} satisfies ResultKind<Checklist, Decision>;

const KINDS: readonly ResultKind[] = Object.values({ ...RESULT_KINDS, checklist });

/** A window with this storage. */
function session(storage: string) {
  const { log, lines } = collectingLog();
  const store = adapterStore();
  const cache = new ResultCache(storage, log, KINDS);
  const restorer = new ResultRestorer({
    store,
    cache,
    log,
    translate: untranslated,
    onRestored: () => undefined,
  });
  return { store, cache, restorer, lines };
}

async function written(file: string, text: string): Promise<InputIdentity> {
  await writeFile(file, text);
  const { size, mtimeMs } = await stat(file);
  return { path: file, size, mtimeMs };
}

/** The results of both kinds of one adapter, as an earlier session kept them. */
async function kept(folder: string) {
  const adapter = join(folder, 'adapter_model.safetensors');
  const weights = await written(adapter, 'weights');
  const suite = await written(join(folder, 'harmful.jsonl'), '{}');
  const analysis = analysisOf([scored('a')], { adapter, inputs: [weights] });
  const evaluated: Checklist = {
    schemaVersion: 1,
    adapter,
    inputs: [weights, suite],
    suites: [{ name: 'harmful', passed: 0.5 }],
  };
  const { cache } = session(folder);
  await cache.save(RESULT_KINDS.analysis, analysis);
  await cache.save(checklist, evaluated);
  return { adapter, suite: suite.path, analysis, evaluated };
}

describe('another kind of result', () => {
  itInFolder('is restored in the next session, beside the analysis', async (folder) => {
    const { adapter, analysis, evaluated } = await kept(folder);
    for (const how of ['all', 'one'] as const) {
      const { store, restorer, lines } = session(folder);
      await (how === 'all' ? restorer.restoreAll() : restorer.restore(adapter));
      assert.deepEqual(store.result(checklist, adapter), { document: evaluated, stale: null });
      assert.deepEqual(store.get(adapter)?.document, analysis);
      assert.deepEqual(lines, []);
    }
  });

  itInFolder('gets stale by its own inputs', async (folder) => {
    const { adapter, suite } = await kept(folder);
    const before = session(folder);
    await before.restorer.restoreAll();
    await writeFile(suite, 'another suite');
    await before.restorer.verify();
    const after = session(folder);
    await after.restorer.restoreAll();
    for (const { store } of [before, after]) {
      assert.equal(store.result(checklist, adapter)?.stale, 'harmful.jsonl changed');
      assert.equal(store.get(adapter)?.stale, null);
    }
  });

  itInFolder('is exported', async (folder) => {
    const { adapter, evaluated } = await kept(folder);
    assert.deepEqual(await session(folder).cache.load(checklist, adapter), evaluated);
    assert.equal(await checklist.exports.csv.text(evaluated), 'harmful,0.5\r\n');
  });

  itInFolder('does not touch an analysis under way, and is restored during one', async (folder) => {
    const { adapter, evaluated } = await kept(folder);
    const { store, restorer } = session(folder);
    store.setProgress(adapter, null, []);
    await restorer.restore(adapter);
    assert.deepEqual(store.result(checklist, adapter)?.document, evaluated);
    assert.equal(store.get(adapter)?.document, null);
    assert.equal(store.get(adapter)?.run.kind, 'running');
  });

  itInFolder('is cleared alone, and deleted when a newer version wrote it', async (folder) => {
    const { adapter, evaluated } = await kept(folder);
    const { cache, lines } = session(folder);
    await cache.save(checklist, { ...evaluated, schemaVersion: 2 });
    assert.equal(await cache.load(checklist, adapter), undefined);
    assert.match(lines.join('\n'), /Not a checklist: it has schema version 2/);
    await cache.save(checklist, evaluated);
    await cache.remove(checklist, adapter);
    assert.deepEqual(await readdir(join(folder, 'checklists')), []);
    assert.deepEqual(await readdir(join(folder, 'results')), [`${keyOf(adapter)}.json`]);
  });
});
