import assert from 'node:assert/strict';
import { cpSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { EXPORT_TARGETS } from '../../src/core/export/targets';
import { suiteEngine } from '../support/engine';
import { sample } from '../support/paths';
import { rejection } from '../support/rejection';
import { itInFolder } from '../support/temporaryFolder';

const ADAPTER = sample('adapter-mixed');
const FILES = {
  peft: ['adapter_config.json', 'adapter_model.safetensors'],
  vllm: ['adapter_config.json', 'adapter_model.safetensors'],
  mlx: ['adapter_config.json', 'adapters.safetensors'],
  gguf: ['adapter.gguf'],
} as const;

describe('export', () => {
  const engine = suiteEngine();

  for (const target of EXPORT_TARGETS)
    itInFolder(`${target}: writes into a new folder, and nothing into one that is there`, async (folder) => {
      const out = join(folder, 'out');
      const request = { adapter: ADAPTER, target, copyRest: false, out };
      const result = await engine.call('export', request);
      assert.deepEqual(readdirSync(out).sort(), FILES[target]);
      assert.equal(result.modules, 56);
      const [weights] = result.files;
      assert.equal(statSync(weights?.path ?? '').size, weights?.bytes);
      await rejection(engine.call('export', request), 'output-exists', /exists/);
      assert.deepEqual(readdirSync(folder), ['out']);
    });

  itInFolder('has a name of the loader beside the original, and says where it comes from', async (folder) => {
    const copy = join(folder, 'mine');
    cpSync(ADAPTER, copy, { recursive: true });
    const first = await engine.call('export', { adapter: copy, target: 'mlx', copyRest: false });
    const second = await engine.call('export', { adapter: copy, target: 'mlx', copyRest: false });
    assert.deepEqual([basename(first.out), basename(second.out)], ['mine-mlx', 'mine-mlx-2']);
    const { metadata, adapter } = await engine.call('inspect', { path: first.out });
    assert.equal(adapter?.family, 'mlx');
    assert.match(metadata['splora'] ?? '', /"method":"export","for":"mlx".*"folder":"mine"/);
  });

  itInFolder('takes the updates of a repair along, which says for which loader it is', async (folder) => {
    const request = { adapter: ADAPTER, method: 'scale', options: { factor: 0.5 }, modules: [] };
    const [plain, mlx] = [join(folder, 'plain'), join(folder, 'mlx')];
    await engine.call('repair', { ...request, copyRest: false, out: plain });
    const result = await engine.call('repair', { ...request, copyRest: false, out: mlx, target: 'mlx' });
    assert.equal(result.changed.length, 56);
    const { modules } = await engine.call('compare', { left: plain, right: mlx });
    for (const { module, difference, leftNorm } of modules)
      assert.ok((difference ?? 1) <= 1e-6 * (leftNorm ?? 0), `${module}: ${difference}`);
    const { metadata } = await engine.call('inspect', { path: mlx });
    assert.match(metadata['splora'] ?? '', /"method":"scale".*"for":"mlx"/);
  });

  itInFolder('writes a measured candidate for a loader too', async (folder) => {
    const request = { candidates: [{ method: 'scale', options: { factor: 0.5 } }], folder };
    const [made] = await engine.call('candidates', { adapter: ADAPTER, ...request });
    const out = join(folder, 'kept');
    const kept = {
      adapter: ADAPTER,
      candidate: made?.out ?? '',
      copyRest: false,
      measured: { asr: 0.1 },
      out,
    };
    await engine.call('keepCandidate', { ...kept, target: 'gguf', model: sample('aligned') });
    assert.deepEqual(readdirSync(out), ['adapter.gguf']);
    assert.match(readFileSync(join(out, 'adapter.gguf'), 'latin1'), /"measured":\{"asr":0\.1\},"for":"gguf"/);
  });

  itInFolder(
    'leaves nothing where the files of a loader depend on a model that is not here',
    async (folder) => {
      const copy = join(folder, 'adapter');
      cpSync(ADAPTER, copy, { recursive: true });
      const out = join(folder, 'out');
      const failed = engine.call('export', { adapter: copy, target: 'gguf', copyRest: false, out });
      await rejection(failed, 'bad-request', /depends on the model/);
      assert.ok(!existsSync(out));
    },
  );
});
