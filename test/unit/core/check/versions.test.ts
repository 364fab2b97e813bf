import assert from 'node:assert/strict';
import { LOADERS } from '../../../../src/core/check/types';
import {
  compareVersions,
  isInRange,
  LOADER_VERSIONS,
  parseLoaderVersion,
  rangeText,
  supportedVersions,
  versionText,
} from '../../../../src/core/check/versions';
import { peftPair, Q } from '../../../support/adapterFixture';
import { checkerOf } from '../../../support/checkOne';
import { english } from '../../../support/english';

describe('versions of loaders', () => {
  it('are read as their users write them', () => {
    assert.deepEqual(parseLoaderVersion('peft', '0.19'), [0, 19]);
    assert.deepEqual(parseLoaderVersion('vllm', 'v0.10.1.post2'), [0, 10]);
    assert.deepEqual(parseLoaderVersion('llama.cpp', 'b10500'), [10500, 0]);
    for (const loader of LOADERS) {
      const { newest } = LOADER_VERSIONS[loader];
      assert.deepEqual(parseLoaderVersion(loader, versionText(newest)), newest);
    }
    for (const wrong of ['', '0', '0.9', '0.99', '1e2', 'latest', '0.19x', 'b10500'])
      assert.throws(() => parseLoaderVersion('peft', wrong), /Unknown version/);
    assert.throws(() => parseLoaderVersion('llama.cpp', '0.1'), /Unknown version/);
  });

  it('are compared and named', () => {
    assert.ok(compareVersions([0, 9], [0, 10]) < 0);
    assert.deepEqual(
      [
        isInRange([0, 18], { before: [0, 18] }),
        isInRange([0, 18], { since: [0, 18] }),
        isInRange([0, 18], {}),
      ],
      [false, true, true],
    );
    assert.equal(english(supportedVersions('peft')), '0.15 to 0.21');
    assert.equal(english(supportedVersions('transformers')), '5.19');
    assert.equal(english(rangeText({ before: [0, 18] })), 'before 0.18');
    assert.equal(english(rangeText({ since: [0, 18] })), 'since 0.18');
    assert.equal(rangeText({}), undefined);
  });
});

describe('what changed between versions', () => {
  const verdicts = (
    loader: 'peft' | 'vllm' | 'mlx',
    versions: readonly number[],
    ...given: Parameters<ReturnType<typeof checkerOf>>
  ): string[] =>
    versions.map((minor) => {
      const [config, tensors, model] = given;
      return checkerOf(loader)(config, tensors, model, {}, { [loader]: [0, minor] }).verdict;
    });
  const PEFT = { peft_type: 'LORA', r: 2, lora_alpha: 4, target_modules: ['q_proj'] };

  it('in PEFT: names of parameters, names with "weight", fields', () => {
    const dumped = peftPair(Q).map((tensor) => ({
      ...tensor,
      name: tensor.name.replace(/(lora_[AB])/, '$1.default'),
    }));
    assert.deepEqual(verdicts('peft', [20, 21], PEFT, dumped), ['nothing', 'same']);
    const weights = { ...PEFT, target_modules: ['weights_proj'] };
    assert.deepEqual(verdicts('peft', [17, 18], weights, peftPair('a.weights_proj')), ['nothing', 'same']);
    assert.deepEqual(verdicts('peft', [15, 16], { ...PEFT, use_qalora: true }, peftPair(Q)), [
      'other',
      'same',
    ]);
  });

  it('in vLLM: patterns, features, saved heads and embeddings', () => {
    const pattern = { ...PEFT, alpha_pattern: { q_proj: 8 } };
    assert.deepEqual(verdicts('vllm', [31, 32], pattern, peftPair(Q)), ['other', 'same']);
    const pissa = { ...PEFT, init_lora_weights: 'pissa' };
    assert.deepEqual(verdicts('vllm', [31, 32], pissa, peftPair(Q)), ['other', 'refused']);
    const head = { ...PEFT, modules_to_save: ['score'] };
    assert.deepEqual(verdicts('vllm', [30, 31], head, peftPair(Q)), ['refused', 'same']);
    const embedding = { name: 'base_model.model.lm_head.base_layer.weight', shape: [8, 4] };
    assert.deepEqual(verdicts('vllm', [10, 14], PEFT, [...peftPair(Q), embedding]), ['refused', 'same']);
  });
});
