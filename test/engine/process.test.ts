import assert from 'node:assert/strict';
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { constants, getPriority } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '../../src/engine/client';
import type { AnalyzeEvent, AnalyzeRequest } from '../../src/protocol/engineApi';
import { startTestEngine } from '../support/engine';
import { inLarge } from '../support/largeModels';
import { collectingLog } from '../support/log';
import { rejection } from '../support/rejection';
import { skipBecause } from '../support/skip';
import { sample } from '../support/paths';
import { itInFolder } from '../support/temporaryFolder';
import { english } from '../support/english';

const SAMPLE: AnalyzeRequest = {
  adapter: sample('adapter-mixed'),
  base: sample('base'),
  aligned: sample('aligned'),
  options: { population: 'shape', scale: 'effective', quartiles: 'exact' },
};

describe('engine process', () => {
  let engine: Engine;
  let crashes: string[];
  const { log } = collectingLog();
  beforeEach(() => {
    crashes = [];
    engine = startTestEngine({ log: { ...log, error: (message) => crashes.push(message) } });
  });
  afterEach(() => engine.dispose());

  it('leaves the processor to others in the background, with all the threads that measure', async function () {
    if (process.platform !== 'linux') skipBecause(this, 'only Linux tells the priority of each thread');
    const background = startTestEngine({ background: true });
    try {
      await background.call('analyze', { ...SAMPLE, threads: 2 });
      const pid = background.pid;
      assert.ok(pid !== undefined);
      assert.equal(getPriority(pid), constants.priority.PRIORITY_BELOW_NORMAL);
      const threads = await readdir(`/proc/${String(pid)}/task`);
      const stats = await Promise.all(
        threads.map((thread) => readFile(`/proc/${String(pid)}/task/${thread}/stat`, 'utf8')),
      );
      const nice = stats.filter((stat) => stat.split(') ')[1]?.split(' ')[16] === '10');
      assert.ok(nice.length > 2, `${String(nice.length)} of ${String(stats.length)} threads step back`);
      // A kernel that shares by sessions has the file: there the threads' own priority counts for nothing outside.
      const group = await readFile(`/proc/${String(pid)}/autogroup`, 'utf8').catch(() => null);
      if (group !== null) {
        assert.match(group, /nice 10$/m);
        assert.notEqual(group, await readFile('/proc/self/autogroup', 'utf8'));
      }
    } finally {
      await background.dispose();
    }
  });

  it('tells progress and each measured module while it works', async () => {
    const events: AnalyzeEvent[] = [];
    const document = await engine.call('analyze', SAMPLE, { onEvent: (event) => events.push(event) });
    const measured = events.filter((event) => event.type === 'measured');
    // They come as the threads finish them; the document lists them in the adapter's order.
    const byName = new Map(measured.map(({ measure }) => [measure.module, measure]));
    assert.equal(measured.length, document.measures.length);
    assert.deepEqual(
      document.measures.map(({ module }) => byName.get(module)),
      document.measures,
    );
    const last = events.filter((event) => event.type === 'progress').at(-1);
    assert.equal(last?.modulesDone, 56);
    assert.equal(last.bytesDone, last.bytesTotal);
  });

  const kill = (): void => {
    if (engine.pid !== undefined) process.kill(engine.pid, 'SIGKILL');
  };

  it('reports a crash to the call that met it, and runs the analyses that wait in a new process', async () => {
    await inLarge(async (large) => {
      const first = engine.call('analyze', { ...SAMPLE, ...large, threads: 1 }, { onEvent: kill });
      const others = [SAMPLE, SAMPLE].map((request) => engine.call('analyze', request));
      await rejection(first, 'process-crashed');
      for (const other of others) assert.equal((await other).modules.length, 56);
    });
    assert.equal(crashes.length, 1);
  });

  itInFolder('passes on where a shard index and its shards disagree', async (folder) => {
    await cp(SAMPLE.base, folder, { recursive: true });
    const index = { weight_map: { 'lm_head.weight': 'model.safetensors', gone: 'model.safetensors' } };
    await writeFile(join(folder, 'model.safetensors.index.json'), JSON.stringify(index));
    const { notes } = await engine.call('analyze', { ...SAMPLE, base: folder });
    assert.ok(
      notes
        .map(english)
        .includes('Base: Tensor "gone" is listed in the shard index, but no shard contains it.'),
    );
    assert.ok(!notes.some((note) => english(note).startsWith('Aligned:')));
  });
});
