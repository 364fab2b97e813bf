import assert from 'node:assert/strict';
import { configLimit } from '../../../../src/core/adapter/limits';
import { english } from '../../../support/english';

describe('limits', () => {
  it('accepts initializations that leave the base alone pass', () => {
    for (const init of [true, false, null, 'gaussian', 'eva', 'orthogonal']) {
      assert.equal(configLimit({ init_lora_weights: init }), undefined);
    }
    assert.equal(configLimit({}), undefined);
    assert.equal(
      configLimit({
        loftq_config: {},
        layer_replication: null,
        alora_invocation_tokens: null,
        use_bdlora: null,
      }),
      undefined,
    );
    assert.equal(configLimit({ velora_config: { rank: 4 } }), undefined);
  });

  it('names initializations that change the base, whose zeros are not silent', () => {
    for (const init of ['pissa', 'pissa_niter_16', 'olora', 'OLoRA', 'corda', 'loftq', 'lora_ga']) {
      const limit = configLimit({ init_lora_weights: init });
      assert.match(english(limit?.reason), /not B A relative to the original base/);
      assert.equal(limit?.zeroChanges, true);
    }
    assert.equal(configLimit({ kasa_config: {} })?.zeroChanges, true);
  });

  it('names fields that change what B A means', () => {
    const cases: readonly (readonly [object, RegExp])[] = [
      [{ layer_replication: [[0, 4]] }, /layer_replication/],
      [{ alora_invocation_tokens: [1, 2] }, /aLoRA/],
      [{ monteclora_config: {} }, /MonteCLoRA/],
      [{ arrow_config: {} }, /Arrow/],
      [{ use_qalora: true }, /QA-LoRA/],
      [{ use_bdlora: { nblocks: 2 } }, /BD-LoRA/],
      [{ use_bdlora: true }, /BD-LoRA/],
    ];
    for (const [config, reason] of cases) {
      const limit = configLimit(config as Record<string, unknown>);
      assert.match(english(limit?.reason), reason);
      assert.equal(limit?.zeroChanges, false);
    }
  });
});
