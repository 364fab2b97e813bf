import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ENGINE_FILE, startTestEngine } from '../support/engine';
import { pruneRequest, type PruneRequest } from '../support/pruneRequest';
import { projectRoot } from '../support/paths';
import { peftPair } from '../support/adapterFixture';
import { writeRandomAdapter } from '../support/models';
import { inTemporaryFolder } from '../support/temporaryFolder';

/** Kills of the engine alone, and of the command line that started it. */
const ENGINE_KILLS = 180;
const CLI_KILLS = 20;
/** Large enough that a write takes some time: 16 modules of half a MiB. */
const MODULES = 16;
const SIZE = 1024;
const RANK = 64;

const moduleName = (i: number): string => `model.layers.${String(i)}.self_attn.q_proj`;

async function writeAdapter(folder: string): Promise<void> {
  const names = Array.from({ length: MODULES }, (_, i) => moduleName(i));
  const config = { peft_type: 'LORA', r: RANK, lora_alpha: 16, target_modules: ['q_proj'] };
  await writeRandomAdapter(folder, {
    tensors: names.flatMap((name) => peftPair(name, SIZE, SIZE, RANK)),
    config,
  });
}

/** Every visible file below `folder` with its hash: hidden stages of killed writers are no output. */
async function snapshot(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes('/.splora-stage-'));
  const hashed = files.map(
    async (path) =>
      [
        path,
        createHash('sha256')
          .update(await readFile(path))
          .digest('hex'),
      ] as const,
  );
  return new Map(await Promise.all(hashed));
}

/** What a finished write leaves: the kill came too late, and everything must be there. */
async function assertWholeOrAbsent(out: string, whole: ReadonlyMap<string, string>): Promise<boolean> {
  if (!existsSync(out)) return false;
  const written = await snapshot(out);
  assert.deepEqual(
    [...written].map(([path, hash]) => [path.slice(out.length), hash]).sort(),
    [...whole].sort(),
    `${out} is neither whole nor absent`,
  );
  return true;
}

describe('a write that is killed', () => {
  const prune = (adapter: string, out: string): PruneRequest => ({
    adapter,
    modules: [moduleName(1)],
    mode: 'remove',
    out,
    copyRest: false,
    provenance: { by: 'hand' },
  });

  /** The whole output, by path below its folder, and how long a write takes here. */
  async function reference(
    adapter: string,
    out: string,
  ): Promise<{ whole: Map<string, string>; ms: number }> {
    const engine = startTestEngine();
    await engine.call('inspect', { path: adapter });
    const startedAt = performance.now();
    await engine.call('repair', pruneRequest(prune(adapter, out)));
    const ms = performance.now() - startedAt;
    await engine.dispose();
    const whole = new Map([...(await snapshot(out))].map(([path, hash]) => [path.slice(out.length), hash]));
    assert.equal(whole.size, 2);
    return { whole, ms };
  }

  it(`leaves nothing or the whole, ${String(ENGINE_KILLS)} times, when the engine is killed`, async function () {
    this.timeout(1_200_000);
    await inTemporaryFolder(async (folder) => {
      const adapter = join(folder, 'adapter');
      await writeAdapter(adapter);
      const before = await snapshot(adapter);
      const { whole, ms } = await reference(adapter, join(folder, 'reference'));
      const engine = startTestEngine();
      let finished = 0;
      for (let i = 0; i < ENGINE_KILLS; i++) {
        const out = join(folder, `killed-${String(i)}`);
        await engine.call('inspect', { path: adapter });
        const pid = engine.pid;
        assert.ok(pid !== undefined);
        const write = engine
          .call('repair', pruneRequest(prune(adapter, out)))
          .catch((error: unknown) => error);
        await delay((i / ENGINE_KILLS) * ms * 1.1);
        process.kill(pid, 'SIGKILL');
        await write;
        while (engine.pid !== undefined) await delay(1);
        if (await assertWholeOrAbsent(out, whole)) finished++;
      }
      assert.ok(finished < ENGINE_KILLS, 'no kill came in time');
      assert.deepEqual(await snapshot(adapter), before);
      // The next write also removes what the killed ones could not.
      await engine.call('repair', pruneRequest(prune(adapter, join(folder, 'last'))));
      await engine.dispose();
      assert.deepEqual(
        (await readdir(folder)).filter((name) => name.startsWith('.')),
        [],
      );
    });
  });

  it(`leaves nothing or the whole, ${String(CLI_KILLS)} times, when the command line is killed, and its engine ends too`, async function () {
    this.timeout(1_200_000);
    await inTemporaryFolder(async (folder) => {
      const adapter = join(folder, 'adapter');
      await writeAdapter(adapter);
      const { whole, ms } = await reference(adapter, join(folder, 'reference'));
      for (let i = 0; i < CLI_KILLS; i++) {
        const out = join(folder, `killed-${String(i)}`);
        const args = ['prune', adapter, '--pin-prune', moduleName(1), '--out', out, '--json'];
        const cli = spawn(process.execPath, [`${projectRoot}/dist/cli.js`, ...args], { stdio: 'ignore' });
        const exited = new Promise((resolve) => cli.once('exit', resolve));
        await delay(150 + (i / CLI_KILLS) * (ms + 150));
        cli.kill('SIGKILL');
        await exited;
        await enginesGone();
        await assertWholeOrAbsent(out, whole);
      }
      assert.deepEqual(
        (await readdir(folder)).filter((name) => name.startsWith('.splora-stage')),
        [],
      );
    });
  });
});

/** Resolves when no engine whose parent was killed is left: it hears of it and cleans up by itself. */
async function enginesGone(): Promise<void> {
  for (let tries = 0; (await orphanedEngines()).length > 0; tries++) {
    assert.ok(tries < 2400, 'an engine outlives its killed parent');
    await delay(50);
  }
}

/** Process ids of engines that were adopted by init (Linux: the only place where this can be seen). */
async function orphanedEngines(): Promise<string[]> {
  if (process.platform !== 'linux') return [];
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const orphans = await Promise.all(
    pids.map(async (pid) => {
      try {
        const [commandLine, status] = await Promise.all([
          readFile(`/proc/${pid}/cmdline`, 'utf8'),
          readFile(`/proc/${pid}/stat`, 'utf8'),
        ]);
        const parent = status.slice(status.lastIndexOf(')') + 2).split(' ')[1];
        return commandLine.includes(ENGINE_FILE) && parent === '1' ? [pid] : [];
      } catch {
        return []; // it ended while we looked
      }
    }),
  );
  return orphans.flat();
}
