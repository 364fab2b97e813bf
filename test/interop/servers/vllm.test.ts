import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { EndpointRunnerOptions } from '../../../src/evaluation/runners/endpoint';
import { hasTiny, readGolden, readPrompts, scoreEach, tiny } from '../../engine/evaluation/support';
import { rejection } from '../../support/rejection';
import { skipBecause } from '../../support/skip';
import {
  assertSameAnswers,
  assertSameRepaired,
  LOG_PROBABILITY_TOLERANCE,
  openRunner,
  promptOfTokens,
  TOO_LONG,
  variantsOf,
} from './answers';
import { writeAdapters, WRITTEN } from '../writtenAdapters';
import { sharedVllm } from './sharedVllm';
import { makeModels, serverPython, type RunningServer } from './startServer';

/** A guard against hanging only: the first time, packages are installed. */
const HANG_MS = 60 * 60_000;

describe('vLLM', function () {
  this.timeout(HANG_MS);
  let server: RunningServer;
  let folder = '';
  let adapter = '';
  let written: readonly string[] = [];
  let stop = (): Promise<void> => Promise.resolve();
  before(async function () {
    if (!hasTiny) skipBecause(this, 'needs ../shared/tiny beside this checkout');
    const python = await serverPython('requirements-vllm.txt', { check: false });
    const started = await sharedVllm();
    if (typeof python !== 'string') skipBecause(this, python.missing);
    if ('missing' in started) skipBecause(this, started.missing);
    server = started;
    folder = await mkdtemp(join(tmpdir(), 'splora-vllm-'));
    stop = () => rm(folder, { recursive: true, force: true });
    written = await writeAdapters(await mkdtemp(join(folder, 'written-')), WRITTEN);
    await makeModels(python, 'padded', tiny('aligned'), folder, tiny('adapter-mixed'), ...written);
    adapter = join(folder, 'adapter-mixed');
  });
  after(() => stop());

  const open = (more: Partial<EndpointRunnerOptions> = {}) =>
    openRunner({
      request: { kind: 'endpoint', url: server.url },
      aligned: join(folder, 'model'),
      variants: variantsOf(adapter),
      ...more,
    });

  it('gives the answers of transformers and PEFT, adapters loaded for the run and unloaded after it', async () => {
    const runner = await open();
    assert.equal(runner.record.software, 'vLLM 0.32.0');
    assert.equal((await models(server)).length, 3);
    await assertSameAnswers(runner);
    await runner.close();
    assert.deepEqual(await models(server), ['tiny']);
  });

  it('computes what repairs wrote, split gates of doubled rank among them, as the in-process runner does', async () => {
    const adapters = written.map((path) => ({ written: path, served: join(folder, basename(path)) }));
    await assertSameRepaired((variants) => open({ variants }), adapters);
  });

  it('counts the tokens of prompts as the model reads them', async () => {
    const [fits, long] = [63, 64].map(promptOfTokens);
    assert.ok(fits && long);
    await (await open({ prompts: [fits] })).close();
    await rejection(open({ prompts: [fits, long] }), 'bad-request', TOO_LONG);
    const longer = [promptOfTokens(100)];
    await rejection(open({ prompts: longer }), 'bad-request', /^A prompt of 100 tokens (has|is longer)/);
  });

  it('is asked nothing with an adapter that it would load although it does not fit', async () => {
    const variants = variantsOf(tiny('adapter-mixed'));
    const shapes =
      /"model\.layers\.0\.self_attn\.k_proj" is \[96, 96\] in the adapter and \[128, 96\] in the model/;
    await rejection(open({ variants }), 'wrong-models', shapes);
    assert.deepEqual(await models(server), ['tiny']);
  });

  it('gives the log-probabilities of transformers and PEFT', async () => {
    const runner = await open();
    const prompts = await readPrompts();
    const { variants } = await readGolden('adapter-mixed');
    const rows = variants['adapter']?.results.task ?? [];
    const scores = await scoreEach(
      runner,
      rows.map(({ id }) => {
        const { prompt = '', reference = '' } = prompts.get(id) ?? {};
        return {
          key: id,
          variant: 'adapter',
          messages: [{ role: 'user', content: prompt }],
          text: reference,
        };
      }),
    );
    let compared = 0;
    for (const { id, logprobs = [] } of rows) {
      const found = scores.get(id)?.logProbabilities ?? [];
      assert.ok(found.length > 0);
      for (const [index, value] of found.entries()) {
        compared++;
        assert.ok(
          Math.abs(value - (logprobs[index] ?? NaN)) < LOG_PROBABILITY_TOLERANCE,
          `${id}, token ${index}`,
        );
      }
    }
    assert.ok(compared > 100);
    await runner.close();
  });
});

async function models({ url }: RunningServer): Promise<readonly string[]> {
  const { data } = (await (await fetch(`${url}/v1/models`)).json()) as { data: { id: string }[] };
  return data.map(({ id }) => id);
}
