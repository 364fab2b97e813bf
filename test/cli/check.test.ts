import assert from 'node:assert/strict';
import type { CheckResult } from '../../src/protocol/engineApi';
import { itWithRealAdapters, sample, shared } from '../support/paths';
import { cli } from './runCli';
import { english } from '../support/english';

describe('splora check', () => {
  it('says that the sample loads onto its model', async () => {
    const { code, out } = await cli('check', sample('adapter-mixed'), '--model', sample('aligned'));
    assert.equal(code, 0);
    assert.match(out, /56 modules\n\nPEFT 0.21: same effect; 56 of 56 modules attach/);
  });

  itWithRealAdapters(
    'ends with 1 where a loader fails or leaves modules out, and tells why as data',
    async () => {
      const adapter = shared('adapters', 'gpt2-tigrinya');
      const { code, out } = await cli(
        'check',
        adapter,
        '--model',
        sample('base'),
        '--loader',
        'vllm',
        '--json',
      );
      assert.equal(code, 1);
      const [vllm, ...others] = (JSON.parse(out) as CheckResult).loaders;
      assert.deepEqual([vllm?.verdict, vllm?.silent.length, others], ['refused', 36, []]);
      assert.match(english(vllm?.findings[0]?.message), /expected target modules/);
      const mlx = await cli('check', adapter, '--loader', 'mlx');
      assert.deepEqual([mlx.code, mlx.out.includes('mlx-lm does not read PEFT adapters')], [1, true]);
    },
  );
});
