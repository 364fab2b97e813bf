import assert from 'node:assert/strict';
import type { LoaderCheck } from '../../../../src/core/check/types';
import { mlxPair, PAIRS, peftPair, Q, V } from '../../../support/adapterFixture';
import { checkerOf, messages } from '../../../support/checkOne';
import { checkpointOf } from '../../../support/checkpointOf';

const GOOD = { peft_type: 'LORA', r: 2, lora_alpha: 4, target_modules: ['q_proj', 'v_proj'] };
const MODEL = checkpointOf({ [`${Q}.weight`]: [6, 4], [`${V}.weight`]: [6, 4] });
const P = 'base_model.model.';

const check = checkerOf('llama.cpp');
const scales = ({ altered }: LoaderCheck): (number | undefined)[] => altered.map(({ scale }) => scale);

/** What was tried is in `design/endpoints-tried.md`, A.3 and D. */
describe('rules of llama.cpp', () => {
  it('has one alpha for all modules, divided by the rank of each', () => {
    assert.equal(check(GOOD, PAIRS, MODEL).verdict, 'same');
    const pattern = check({ ...GOOD, alpha_pattern: { q_proj: 16 } }, PAIRS, MODEL);
    assert.deepEqual([pattern.verdict, scales(pattern)], ['other', [2]]);
    const rslora = check({ ...GOOD, use_rslora: true }, PAIRS, MODEL);
    assert.deepEqual([rslora.verdict, scales(rslora)], ['other', [2, 2]]);
    const zero = check({ ...GOOD, lora_alpha: 0 }, PAIRS, MODEL);
    assert.deepEqual([zero.verdict, scales(zero)], ['other', [1, 1]]);
    const ranks = check({ ...GOOD, rank_pattern: { v_proj: 4 } }, [...peftPair(Q), ...peftPair(V, 6, 4, 4)]);
    assert.deepEqual([ranks.verdict, ranks.altered], ['same', []]);
  });

  it('stops at what the converter does not take', () => {
    const refused = (config: object, ...names: readonly string[]): string =>
      messages(
        check({ ...GOOD, ...config }, [...PAIRS, ...names.map((name) => ({ name, shape: [6] }))]),
        'error',
      );
    assert.match(refused({ use_dora: true }, `${P}${Q}.lora_magnitude_vector`), /no lora_A, lora_B, or norm/);
    assert.match(refused({ modules_to_save: ['lm_head'] }, `${P}lm_head.weight`), /lm_head\.weight/);
    assert.match(refused({ lora_alpha: undefined }), /no field "lora_alpha"/);
    assert.match(messages(check({}, mlxPair(Q)), 'error'), /MLX adapter/);
  });

  it('stops at what the server does not take', () => {
    const other = checkpointOf({ [`${Q}.weight`]: [6, 4] });
    assert.match(messages(check(GOOD, PAIRS, other), 'error'), /no weights for .*v_proj/);
    const small = checkpointOf({ [`${Q}.weight`]: [5, 4], [`${V}.weight`]: [6, 4] });
    assert.match(messages(check(GOOD, PAIRS, small), 'error'), /has incorrect shape/);
    const tied = checkpointOf({ 'model.embed_tokens.weight': [6, 4] });
    assert.match(messages(check(GOOD, peftPair('lm_head'), tied), 'error'), /tied to the embeddings/);
  });

  it('drops norms, and does not know what was not tried', () => {
    const norm = check(GOOD, [...PAIRS, { name: `${P}model.norm.weight`, shape: [4] }], MODEL);
    assert.deepEqual([norm.verdict, messages(norm).includes('drops norms')], ['other', true]);
    assert.equal(check({ ...GOOD, layer_replication: [[0, 1]] }, PAIRS, MODEL).verdict, 'unknown');
    assert.equal(check(GOOD, peftPair('model.layers.0.mlp.experts.0.up_proj')).verdict, 'unknown');
  });
});
