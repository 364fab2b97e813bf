import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { sample } from '../support/paths';
import { itInFolder } from '../support/temporaryFolder';
import { cli } from './runCli';

describe('splora export', () => {
  itInFolder('writes for a loader, and says what, as text and as JSON', async (folder) => {
    const [vllm, gguf] = [join(folder, 'vllm'), join(folder, 'gguf')];
    const adapter = sample('adapter-mixed');
    const text = await cli('export', adapter, '--for', 'vllm', '-o', vllm, '--quiet');
    assert.deepEqual([text.code, text.err], [0, '']);
    assert.match(text.out, /^Wrote .*vllm for vLLM: 56 modules$/m);
    const json = await cli('export', adapter, '--for', 'gguf', '--out', gguf, '--json', '--quiet');
    const { target, files } = JSON.parse(json.out) as { target: string; files: { path: string }[] };
    assert.deepEqual([target, files.map(({ path }) => path)], ['gguf', [join(gguf, 'adapter.gguf')]]);
  });

  itInFolder('is what prune and repair write with --for', async (folder) => {
    const out = join(folder, 'out');
    const module = 'model.layers.0.self_attn.q_proj';
    const flags = ['--pin-prune', module, '--for', 'mlx', '--out', out, '--quiet'];
    const { code } = await cli('prune', sample('adapter-mixed'), ...flags);
    assert.equal(code, 0);
    assert.deepEqual(readdirSync(out).sort(), ['adapter_config.json', 'adapters.safetensors']);
  });

  itInFolder('says in one line what is wrong, and writes nothing', async (folder) => {
    const none = await cli('export', sample('adapter-mixed'), '--out', join(folder, 'out'));
    assert.equal(none.code, 2);
    assert.match(none.err, /no loader to write the adapter for\. Allowed: "peft", "vllm", "mlx", "gguf"\./);
    const model = ['--for', 'gguf', '--model', join(folder, 'none')];
    const missing = await cli('export', sample('adapter-mixed'), ...model, '--out', join(folder, 'out'));
    assert.equal(missing.code, 2);
    assert.deepEqual(readdirSync(folder), []);
  });
});
