import assert from 'node:assert/strict';
import { sample } from '../support/paths';
import { cli } from './runCli';

interface Compared {
  readonly schemaVersion: number;
  readonly modules: readonly {
    readonly module: string;
    readonly status: string;
    readonly difference: number;
  }[];
}

describe('splora compare', () => {
  it('finds an adapter equal to itself, and says so in one line', async () => {
    const same = [sample('adapter-mixed'), sample('adapter-mixed')] as const;
    const { code, out, err } = await cli('compare', ...same, '--quiet');
    assert.deepEqual([code, err], [0, '']);
    assert.match(out, /56 modules: 56 equal\./);
    assert.ok(!out.includes('self_attn'), 'equal modules are listed on request only');
    const all = await cli('compare', ...same, '--quiet', '--all');
    assert.match(all.out, /model\.layers\.7\.self_attn\.v_proj/);
  });

  it('lists the modules that differ, as text and as JSON, with exit code 0', async () => {
    const two = [sample('adapter-mixed'), sample('adapter-benign')] as const;
    const { code, out } = await cli('compare', ...two, '--json', '--quiet');
    assert.equal(code, 0);
    const { schemaVersion, modules } = JSON.parse(out) as Compared;
    assert.equal(schemaVersion, 2);
    const differing = modules.filter(({ status }) => status === 'changed');
    assert.ok(differing.length > 0 && differing.every(({ difference }) => difference > 0));
    const text = await cli('compare', ...two, '--quiet');
    assert.ok(text.out.includes(`${String(differing.length)} changed`));
  });
});
