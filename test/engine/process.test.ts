import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { constants, getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { SploraError, type ErrorData } from '../../src/core/errors';
import type { Engine } from '../../src/engine/client';
import type { AnalyzeEvent, AnalyzeRequest } from '../../src/protocol/engineApi';
import { startTestEngine } from '../support/engine';
import { inLarge } from '../support/largeModels';
import { collectingLog } from '../support/log';
import { skipBecause } from '../support/skip';
import { fixture, sample } from '../support/paths';
import { inTemporaryFolder } from '../support/temporaryFolder';
import { english } from '../support/english';

const SAMPLE: AnalyzeRequest = {
  adapter: sample('adapter-mixed'),
  base: sample('base'),
  aligned: sample('aligned'),
  options: { population: 'shape', scale: 'effective', quartiles: 'exact' },
};

async function errorOf(promise: Promise<unknown>): Promise<ErrorData> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof SploraError, String(error));
    return error.data;
  }
  return assert.fail('the call did not fail');
}

describe('engine process', () => {
  let engine: Engine;
  let crashes: string[];
  const { log } = collectingLog();
  beforeEach(() => {
    crashes = [];
    engine = startTestEngine({ log: { ...log, error: (message) => crashes.push(message) } });
  });
  afterEach(() => engine.dispose());

  it('starts with the first call and ends when it is disposed', async () => {
    const running = (): number | undefined => engine.pid;
    assert.equal(running(), undefined);
    await engine.call('inspect', { path: SAMPLE.adapter });
    const pid = running();
    assert.ok(pid !== undefined);
    await engine.dispose();
    assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
    assert.deepEqual(crashes, []);
  });

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

  it('obeys a cancel, and says so', async () => {
    await inLarge(async (large) => {
      const controller = new AbortController();
      const call = engine.call(
        'analyze',
        { ...SAMPLE, ...large, threads: 1 },
        { signal: controller.signal, onEvent: () => controller.abort() },
      );
      assert.equal((await errorOf(call)).code, 'cancelled');
    });
    assert.equal((await engine.call('analyze', SAMPLE)).modules.length, 56);
  });

  it('sends an error as data: what, which file, what to do', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'splora-test-'));
    try {
      const file = join(folder, 'adapter_model.safetensors');
      await writeFile(file, 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n');
      const error = await errorOf(engine.call('inspect', { path: file }));
      assert.equal(error.code, 'lfs-pointer');
      assert.equal(error.file, file);
      assert.match(english(error.advice), /git lfs pull/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  const kill = (): void => {
    if (engine.pid !== undefined) process.kill(engine.pid, 'SIGKILL');
  };

  it('reports a crash to the call that met it, and runs the analyses that wait in a new process', async () => {
    await inLarge(async (large) => {
      const first = engine.call('analyze', { ...SAMPLE, ...large, threads: 1 }, { onEvent: kill });
      const others = [SAMPLE, SAMPLE].map((request) => engine.call('analyze', request));
      assert.equal((await errorOf(first)).code, 'engine-crashed');
      for (const other of others) assert.equal((await other).modules.length, 56);
    });
    assert.equal(crashes.length, 1);
  });

  it('cancels an analysis that waits at once, and runs none once it is stopped', async () => {
    await inLarge(async (large) => {
      const controller = new AbortController();
      const first = engine.call('analyze', { ...SAMPLE, ...large, threads: 1 });
      const second = engine.call('analyze', SAMPLE, { signal: controller.signal });
      const third = errorOf(engine.call('analyze', SAMPLE));
      let ended = false;
      const whole = first.then(
        () => (ended = true),
        () => undefined,
      );
      controller.abort();
      assert.equal((await errorOf(second)).code, 'cancelled');
      assert.equal(ended, false);
      const stopped = errorOf(first);
      await engine.dispose();
      assert.equal((await stopped).code, 'engine-crashed');
      assert.equal((await third).code, 'cancelled');
      await whole;
    });
    assert.equal(engine.pid, undefined);
  });

  it('gives no score to an update with a negative scale, and says why', async () => {
    await inTemporaryFolder(async (folder) => {
      await cp(SAMPLE.adapter, folder, { recursive: true });
      const file = join(folder, 'adapter_config.json');
      const config = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
      await writeFile(
        file,
        JSON.stringify({ ...config, alpha_pattern: { 'layers.0.self_attn.q_proj': -8 } }),
      );
      const { modules } = await engine.call('analyze', { ...SAMPLE, adapter: folder });
      const unscored = modules.filter(({ status }) => status !== 'scored');
      assert.deepEqual(
        unscored.map(({ module, status, scale }) => [module, status, scale]),
        [['model.layers.0.self_attn.q_proj', 'unsupported', -2]],
      );
    });
  });

  it('passes on where a shard index and its shards disagree', async () => {
    await inTemporaryFolder(async (folder) => {
      await cp(SAMPLE.base, folder, { recursive: true });
      const index = { weight_map: { 'lm_head.weight': 'model.safetensors', gone: 'model.safetensors' } };
      await writeFile(join(folder, 'model.safetensors.index.json'), JSON.stringify(index));
      const { notes } = await engine.call('analyze', { ...SAMPLE, base: folder });
      assert.ok(
        notes.map(english).includes('Base: Tensor "gone": named in the shard index, but held by no shard.'),
      );
      assert.ok(!notes.some((note) => english(note).startsWith('Aligned:')));
    });
  });

  it('refuses the same model as base and aligned', async () => {
    const error = await errorOf(engine.call('analyze', { ...SAMPLE, base: SAMPLE.aligned }));
    assert.equal(error.code, 'wrong-models');
  });

  it('refuses models that the adapter was not trained from', async () => {
    const base = fixture('families/gqa-sharded/base');
    const aligned = fixture('families/gqa-sharded/aligned');
    const error = await errorOf(engine.call('analyze', { ...SAMPLE, base, aligned }));
    assert.equal(error.code, 'wrong-models');
    assert.match(english(error.message), /model\.layers\./);
  });
});
