import assert from 'node:assert/strict';
import type { LoaderCheck } from '../../../../src/core/check/types';
import { checkVllm } from '../../../../src/core/check/vllm';
import type { Checkpoint } from '../../../../src/core/checkpoint/types';
import { adapterOf, mlxPair, peftPair } from '../../../support/adapterFixture';
import { checkpointOf } from '../../../support/checkpointOf';
import type { TestTensor } from '../../../support/safetensorsBytes';

const Q = 'model.layers.0.self_attn.q_proj';
const V = 'model.layers.0.self_attn.v_proj';
const GOOD = { r: 2, lora_alpha: 4, target_modules: ['q_proj'] };

function check(
  config: object,
  tensors: readonly TestTensor[] = [...peftPair(Q), ...peftPair(V)],
  model?: Checkpoint,
): LoaderCheck {
  const configText = JSON.stringify(config);
  return checkVllm({
    adapter: adapterOf(tensors, configText),
    configText,
    ...(model === undefined ? {} : { model }),
  });
}
const errors = ({ findings }: LoaderCheck): string =>
  findings.flatMap(({ severity, message }) => (severity === 'error' ? [message] : [])).join('\n');

describe('checkVllm', () => {
  it('attaches what is plain, and warns of names without a model', () => {
    const result = check(GOOD);
    assert.deepEqual([result.verdict, result.attached], ['loads', [Q, V]]);
    assert.match(result.findings[0]?.message ?? '', /plain base model and says nothing/);
  });

  it('refuses what PEFTHelper refuses', () => {
    assert.match(errors(check({ r: 2 })), /requires the field "lora_alpha".*\n.*"target_modules"/);
    for (const [field, value] of [
      ['use_dora', true],
      ['bias', 'all'],
      ['modules_to_save', ['lm_head']],
      ['lora_bias', true],
      ['alora_invocation_tokens', [1]],
      ['layer_replication', [[0, 1]]],
      ['use_qalora', true],
      ['init_lora_weights', 'pissa_niter_4'],
    ] as const) {
      const result = check({ ...GOOD, [field]: value });
      assert.equal(result.verdict, 'fails', field);
      assert.deepEqual(
        result.findings.filter(({ severity }) => severity === 'error').map((finding) => finding.field),
        [field],
      );
    }
    assert.equal(
      check({ ...GOOD, modules_to_save: ['score'] }, [
        ...peftPair(Q),
        { name: 'base_model.model.score.weight', shape: [2, 4] },
      ]).verdict,
      'loads',
    );
    assert.match(
      errors(check(GOOD, [...peftPair(Q), { name: `base_model.model.${Q}.lora_B.bias`, shape: [6] }])),
      /refuses tensors other than/,
    );
    assert.match(errors(check({}, mlxPair(Q))), /MLX adapter/);
  });

  it('says what one global scale and the rank limit do', () => {
    const mixed = check({ ...GOOD, alpha_pattern: { v_proj: 8 } });
    assert.equal(mixed.verdict, 'partly');
    assert.match(
      mixed.findings[0]?.message ?? '',
      /ignores rank_pattern and alpha_pattern.*v_proj.*would get the scale 2/,
    );
    assert.match(
      check({ ...GOOD, r: 40, lora_alpha: 80 }, peftPair(Q, 6, 4, 40)).findings[0]?.message ?? '',
      /--max-lora-rank 64/,
    );
    assert.match(errors(check({ ...GOOD, r: 600 }, peftPair(Q, 6, 4, 600))), /takes none so large/);
  });

  it('lists prefix mismatches as silent', () => {
    const model = checkpointOf({ [`language_model.${Q}.weight`]: [6, 4] });
    const result = check(GOOD, peftPair(Q), model);
    assert.deepEqual([result.verdict, result.silent.map(({ module }) => module)], ['partly', [Q]]);
  });
});
