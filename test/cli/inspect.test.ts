import assert from 'node:assert/strict';
import { sample } from '../support/paths';
import { cli } from './runCli';

describe('splora inspect', () => {
  it('lists the modules of an adapter', async () => {
    const { code, out } = await cli('inspect', sample('adapter-mixed'), '--json');
    assert.equal(code, 0);
    const { schemaVersion, adapter } = JSON.parse(out) as {
      schemaVersion: number;
      adapter: { family: string; alignedHint: string; modules: { rank: number }[] };
    };
    assert.deepEqual([schemaVersion, adapter.family, adapter.alignedHint], [2, 'peft', '../aligned']);
    assert.equal(adapter.modules.length, 56);
    assert.ok(adapter.modules.every(({ rank }) => rank === 4));
  });

  it('lists the tensors of any safetensors file, and says why it is no adapter', async () => {
    const { code, out } = await cli('inspect', sample('base'), '--all');
    assert.equal(code, 0);
    assert.match(out, /75 tensors/);
    assert.match(out, /model\.layers\.7\.self_attn\.v_proj\.weight +BF16 +96 × 96/);
    assert.match(out, /Not an adapter that can be scored or pruned: /);
  });
});
