import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { hasTiny, tiny } from '../../engine/evaluation/support';
import { skipBecause } from '../../support/skip';
import { assertSameAnswers, assertSameRepaired, openRunner, variantsOf } from './answers';
import { writeAdapters, WRITTEN } from '../writtenAdapters';
import { makeModels, serverPython, startServer, type RunningServer } from './startServer';

/** A guard against hanging only: the first time, packages are installed. */
const HANG_MS = 30 * 60_000;

describe('mlx_lm.server', function () {
  this.timeout(HANG_MS);
  let server: RunningServer;
  let folder = '';
  let written: readonly string[] = [];
  let stop = (): Promise<void> => Promise.resolve();
  before(async function () {
    if (!hasTiny) skipBecause(this, 'needs ../shared/tiny beside this checkout');
    const python = await serverPython('requirements-mlx.txt');
    if (typeof python !== 'string') skipBecause(this, python.missing);
    folder = await mkdtemp(join(tmpdir(), 'splora-mlx-'));
    stop = () => rm(folder, { recursive: true, force: true });
    // In float32: sums in bfloat16 have answers of their own.
    // Split gates double the rank of some modules: mlx-lm has one rank for all.
    const methods = WRITTEN.filter((method) => method !== 'split-gates');
    written = await writeAdapters(await mkdtemp(join(folder, 'written-')), methods);
    await makeModels(python, 'padded', tiny('aligned'), folder, tiny('adapter-mixed'), ...written);
    const module = ['-m', 'mlx_lm', 'server', '--model', join(folder, 'model')];
    server = await startServer(python, (port) => [...module, '--host', '127.0.0.1', '--port', port]);
    stop = async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    };
  });
  after(() => stop());

  it('gives the answers of transformers and PEFT, from PEFT’s own files', async () => {
    const runner = await openRunner({
      request: { kind: 'endpoint', url: server.url },
      aligned: join(folder, 'model'),
      variants: variantsOf(join(folder, 'adapter-mixed')),
    });
    assert.match(runner.record.software, /^mlx_lm\.server 0\.32\.2 \(mlx 0\.32\.4\)$/);
    await assertSameAnswers(runner);
    await runner.close();
  });

  it('computes what repairs wrote as the in-process runner does', async () => {
    const request = { kind: 'endpoint', url: server.url } as const;
    await assertSameRepaired(
      (variants) => openRunner({ request, aligned: join(folder, 'model'), variants }),
      written.map((path) => ({ written: path, served: join(folder, basename(path)) })),
    );
  });
});
