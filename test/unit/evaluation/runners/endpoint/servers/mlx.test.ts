import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { english } from '../../../../../support/english';
import { sample } from '../../../../../support/paths';
import { rejection } from '../../../../../support/rejection';
import { inTemporaryFolder } from '../../../../../support/temporaryFolder';
import { mlxFake } from '../fakeModels';
import { closeFakes, startFake } from '../fakeServer';
import { ADAPTER, answersOf, open, question } from '../openRunner';

const ask = { models: {} };
const aligned = sample('aligned');

describe('mlx_lm.server as an endpoint', () => {
  afterEach(closeFakes);

  it('always names the model by its path, and each variant by a folder that is new', async () => {
    const fake = await startFake(mlxFake(existsSync));
    const folders = new Set<string>();
    for (let run = 0; run < 2; run++) {
      const runner = await open(fake, { ask, aligned });
      assert.equal(runner.record.software, 'mlx_lm.server 0.32.2 (mlx 0.32.4)');
      await answersOf(runner, [question('adapter', 'x'), question('aligned', 'x')]);
      const { body = {} } = fake.requests.at(-1) ?? {};
      const folder = String(body['adapters']);
      folders.add(folder);
      assert.match(basename(folder), /^[0-9a-f]{12}$/);
      const config = JSON.parse(await readFile(join(folder, 'adapter_config.json'), 'utf8')) as object;
      assert.deepEqual(Object.keys(config), ['fine_tune_type', 'model', 'num_layers', 'lora_parameters']);
      await runner.close();
      assert.ok(!existsSync(dirname(folder)));
    }
    assert.equal(folders.size, 2);
    for (const { path, body } of fake.requests)
      if (path === '/v1/chat/completions') {
        assert.equal(body['model'], aligned);
        assert.ok(!('top_logprobs' in body));
      }
  });

  it('stops where the server takes an adapter folder that is not there', async () => {
    const fake = await startFake(mlxFake(() => true));
    await rejection(open(fake, { ask, aligned }), 'endpoint', /does not exist/);
  });

  it('asks one at a time, and says so', async () => {
    const fake = await startFake(mlxFake(existsSync), 2);
    const runner = await open(fake, { ask: { ...ask, concurrency: 4 }, aligned });
    await answersOf(runner, [question('adapter', 'x'), question('aligned', 'x')]);
    assert.equal(fake.mostAtOnce, 1);
    assert.match(english(runner.notes.at(-1)), /1 at a time/);
  });

  it('reads a config whose rotary base mlx-lm would miss, and says the mend', async () => {
    const configs: readonly (readonly [object, boolean])[] = [
      [{ model_type: 'llama', rope_parameters: { rope_theta: 100_000 } }, false],
      [{ model_type: 'olmo2', rope_parameters: { rope_theta: 10_000 } }, false],
      [{ model_type: 'llama', rope_parameters: { rope_theta: 10_000 } }, true],
      [{ model_type: 'llama', rope_theta: 100_000, rope_parameters: { rope_theta: 100_000 } }, true],
      [{ model_type: 'qwen3', rope_parameters: { rope_theta: 100_000 } }, true],
    ];
    const fake = await startFake(mlxFake(existsSync));
    for (const [config, fine] of configs) {
      await inTemporaryFolder(async (folder) => {
        await writeFile(join(folder, 'config.json'), JSON.stringify(config));
        const opened = open(fake, { ask, aligned: folder });
        if (fine) return await (await opened).close();
        const { advice, file } = await rejection(opened, 'endpoint', /rope_parameters/);
        assert.match(english(advice), /"rope_theta": 10+ /);
        assert.equal(file, join(folder, 'config.json'));
      });
    }
  });

  it('scales by the config', async () => {
    const fake = await startFake(mlxFake(existsSync));
    const runner = await open(fake, { ask, aligned, variants: [{ ...ADAPTER, scale: 0.25 }] });
    await answersOf(runner, [question('adapter', 'x')]);
    const folder = String(fake.requests.at(-1)?.body['adapters']);
    const config = JSON.parse(await readFile(join(folder, 'adapter_config.json'), 'utf8')) as {
      lora_parameters: { scale: number; rank: number };
    };
    // alpha / r is 2 here.
    assert.deepEqual([config.lora_parameters.scale, config.lora_parameters.rank], [0.5, 4]);
    await runner.close();
  });
});
