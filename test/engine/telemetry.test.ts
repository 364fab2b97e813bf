import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { AnalyzeRequest } from '../../src/protocol/engineApi';
import { ended, startCli } from '../cli/runCli';
import { peftPair, Q } from '../support/adapterFixture';
import { startTestEngine, OPTIONS } from '../support/engine';
import { writeModels, writeRandomAdapter } from '../support/models';
import { projectRoot } from '../support/paths';
import { inTemporaryFolder } from '../support/temporaryFolder';

const K = 'model.layers.0.self_attn.k_proj';
/** From here on ONNX Runtime multiplies. */
const RANK = 32;

interface Scene {
  readonly adapter: string;
  readonly other: string;
  readonly models: { readonly base: string; readonly aligned: string };
  readonly out: string;
  /** For a process that has no folder of its own but fresh ones. */
  readonly env: NodeJS.ProcessEnv;
  /** What lies in these folders now. */
  readonly left: () => Promise<string[]>;
}

async function inScene(work: (scene: Scene) => Promise<void>): Promise<void> {
  await inTemporaryFolder(async (folder) => {
    const [home, temporary] = [join(folder, 'home'), join(folder, 'tmp')];
    for (const each of [home, temporary]) await mkdir(each);
    const [adapter, other] = [join(folder, 'adapter'), join(folder, 'other')];
    const tensors = [Q, K].flatMap((module) => peftPair(module, 64, 64, RANK));
    const config = { peft_type: 'LORA', r: RANK, lora_alpha: RANK, target_modules: ['q_proj', 'k_proj'] };
    for (const each of [adapter, other]) await writeRandomAdapter(each, { tensors, config });
    const weights = { [`${Q}.weight`]: [64, 64], [`${K}.weight`]: [64, 64] };
    const models = await writeModels(folder, { weights });
    const fresh = { HOME: home, USERPROFILE: home, TMPDIR: temporary, TMP: temporary, TEMP: temporary };
    const xdg = Object.keys(process.env).filter((name) => name.startsWith('XDG_'));
    const unset = Object.fromEntries([...xdg, 'ORT_DISABLE_TELEMETRY'].map((name) => [name, undefined]));
    await work({
      ...{ adapter, other, models, out: join(folder, 'out'), env: { ...process.env, ...unset, ...fresh } },
      left: async () => [...(await readdir(home)), ...(await readdir(temporary))],
    });
  });
}

describe('telemetry of ONNX Runtime', () => {
  it('is off in the engine: no call leaves anything in the home or temporary folder', () =>
    inScene(async ({ adapter, models, env, left }) => {
      const before = { ...process.env };
      process.env = env;
      const engine = startTestEngine();
      try {
        const request: AnalyzeRequest = { adapter, ...models, options: OPTIONS };
        for (const products of ['onnx', 'kernels'] as const) {
          const { modules } = await engine.call('analyze', { ...request, products });
          assert.ok(modules.every(({ status }) => status === 'scored'));
          assert.deepEqual(await left(), [], products);
        }
      } finally {
        process.env = before;
        await engine.dispose();
      }
      assert.deepEqual(await left(), []);
    }));

  it('is off in each command of the command line', () =>
    inScene(async ({ adapter, other, models, out, env, left }) => {
      const pair = ['--base', models.base, '--aligned', models.aligned];
      for (const args of [
        ['analyze', adapter, ...pair],
        ['prune', adapter, ...pair, '--top', '1', '--out', out],
        ['compare', adapter, other],
        ['inspect', adapter],
        ['check', adapter],
      ]) {
        const { code, err } = await ended(startCli(args, { env }));
        assert.ok(code === 0 || code === 1, err);
        assert.deepEqual(await left(), [], args[0]);
      }
    }));

  it('is off wherever our module loads the library, whatever started the process', () =>
    inScene(async ({ env, left }) => {
      const script = `
        const { DenseAlgebra } = require('./src/engine/ort.ts');
        const two = { data: Float32Array.of(2), rows: 1, columns: 1 };
        const out = new Float32Array(1);
        DenseAlgebra.create('cpu', 1).then(async (algebra) => {
          await algebra.run('multiply', two, two, out);
          await algebra.release();
          console.log(out[0]);
        });`;
      const args = ['--require', 'tsx/cjs', '--eval', script];
      const { stdout } = await promisify(execFile)(process.execPath, args, {
        env: { ...env, TSX_DISABLE_CACHE: '1' },
        cwd: projectRoot,
      });
      assert.equal(stdout.trim(), '4');
      assert.deepEqual(await left(), []);
    }));
});
