import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { verbatim } from '../../../../src/core/message';
import { RESULT_KINDS } from '../../../../src/core/results';
import { keyOf, ResultCache } from '../../../../src/host/state/keptResults';
import { analysisOf, HOSTILE_NAME, scored } from '../../../support/analysisDocument';
import { itInFolder } from '../../../support/temporaryFolder';
import { collectingLog } from '../../../support/log';

const { analysis } = RESULT_KINDS;
function cacheIn(folder: string): { cache: ResultCache; lines: readonly string[] } {
  const { log, lines } = collectingLog();
  return { cache: new ResultCache(folder, log), lines };
}

describe('kept results', () => {
  itInFolder('come back whole, one for each adapter', async (folder) => {
    const { cache } = cacheIn(folder);
    const one = analysisOf([scored(HOSTILE_NAME)], { adapter: '/runs/1/adapters.safetensors' });
    const two = analysisOf([scored('b')], { adapter: '/runs/2/adapters.safetensors' });
    await cache.save(analysis, one);
    await cache.save(analysis, two);
    await cache.save(analysis, one);
    assert.deepEqual(await cache.load(analysis, one.adapter), one);
    assert.equal((await cache.loadAll()).length, 2);
    await cache.remove(analysis, one.adapter);
    assert.equal(await cache.load(analysis, one.adapter), undefined);
    assert.deepEqual(await cache.loadAll(), [{ kind: analysis, document: two }]);
  });

  itInFolder('are left out, with a line in the log, when corrupt', async (folder) => {
    const { cache, lines } = cacheIn(folder);
    const good = analysisOf([scored('a')]);
    await cache.save(analysis, good);
    await writeFile(join(folder, 'results', `${keyOf('/other')}.json`), JSON.stringify(good));
    await writeFile(join(folder, 'results', `${keyOf('/third')}.json`), '{"schemaVersion":1,');
    const stays = `${keyOf('/fourth')}.json`;
    await mkdir(join(folder, 'results', stays));
    assert.deepEqual(await cache.loadAll(), [{ kind: analysis, document: good }]);
    assert.equal(lines.filter((line) => line.includes('left out')).length, 3);
    assert.equal(lines.filter((line) => line.includes('could not be taken away')).length, 1);
    assert.deepEqual(
      (await readdir(join(folder, 'results'))).sort(),
      [`${keyOf(good.adapter)}.json`, stays].sort(),
    );
  });

  itInFolder('of one adapter are saved in order, also without waiting in between', async (folder) => {
    const { cache } = cacheIn(folder);
    const many = Array.from({ length: 2000 }, (_, at) => scored(`model.layers.${String(at)}`));
    const [first, last] = [analysisOf(many), analysisOf([scored('last')])];
    void cache.save(analysis, first);
    void cache.save(analysis, last);
    await cache.flush();
    assert.deepEqual(await cache.load(analysis, last.adapter), last);
    void cache.save(analysis, first);
    void cache.remove(analysis, first.adapter);
    await cache.flush();
    assert.deepEqual(await readdir(join(folder, 'results')), []);
  });

  itInFolder('flush waits for what is under way, and does not fail with it', async (folder) => {
    const { cache } = cacheIn(folder);
    const document = analysisOf([scored('a')]);
    void cache.save(analysis, document);
    await cache.flush();
    assert.deepEqual(await readdir(join(folder, 'results')), [`${keyOf(document.adapter)}.json`]);
    // A folder in the place of the file: it can neither be replaced nor removed.
    await mkdir(join(folder, 'results', `${keyOf('/other')}.json`));
    void cache.save(analysis, analysisOf([], { adapter: '/other' }));
    await cache.flush();
  });

  itInFolder(
    'are not there without a folder, and cannot be kept without a place: neither throws',
    async (folder) => {
      const { log, lines } = collectingLog();
      assert.deepEqual(await new ResultCache(join(folder, 'none'), log).loadAll(), []);
      await writeFile(join(folder, 'file'), '');
      await new ResultCache(join(folder, 'file'), log).save(analysis, analysisOf([]));
      assert.match(lines.join('\n'), /could not be kept/);
    },
  );

  itInFolder('of earlier versions come back', async (folder) => {
    const { log, lines } = collectingLog();
    const document = analysisOf([scored('a')], { notes: [] });
    await mkdir(join(folder, 'results'));
    const old = JSON.stringify({ ...document, schemaVersion: 1, notes: ['A note.'] });
    await writeFile(join(folder, 'results', `${keyOf(document.adapter)}.json`), old);
    const [found, ...others] = await new ResultCache(folder, log).loadAll();
    assert.deepEqual(found, { kind: analysis, document: { ...document, notes: [verbatim('A note.')] } });
    assert.deepEqual([others, lines], [[], []]);
  });
});
