import assert from 'node:assert/strict';
import { checkLoad } from '../../../../src/core/check/checkLoad';
import { loaderDifferences } from '../../../../src/core/check/differences';
import type { Loader } from '../../../../src/core/check/types';
import { adapterOf, PAIRS } from '../../../support/adapterFixture';
import { english } from '../../../support/english';

const CONFIG = { peft_type: 'LORA', r: 2, lora_alpha: 4, target_modules: ['q_proj', 'v_proj'] };

const differing = (config: object, loaders: readonly Loader[]): string[] =>
  loaderDifferences(checkLoad({ adapter: adapterOf(PAIRS, { ...CONFIG, ...config }) }, loaders)).map(
    ({ message }) => english(message),
  );

describe('loaderDifferences', () => {
  it('says nothing of loaders that do the same', () => {
    assert.deepEqual(differing({}, ['peft', 'transformers', 'vllm', 'llama.cpp']), []);
    assert.deepEqual(differing({ target_modules: ['q_proj'] }, ['peft', 'transformers']), []);
  });

  it('names pairs that would not run the same model', () => {
    assert.deepEqual(differing({ target_modules: ['q_proj'] }, ['peft', 'vllm']), [
      'PEFT and vLLM would not run the same model.',
    ]);
    assert.deepEqual(differing({ use_rslora: true }, ['peft', 'vllm', 'llama.cpp']), [
      'PEFT and llama.cpp would not run the same model.',
      'vLLM and llama.cpp would not run the same model.',
    ]);
  });

  it('leaves out loaders that refuse the adapter, and what cannot be determined', () => {
    assert.deepEqual(differing({ target_modules: ['q_proj'], bias: 'all' }, ['peft', 'vllm']), []);
    assert.deepEqual(differing({ target_modules: null }, ['peft', 'vllm']), []);
  });
});
