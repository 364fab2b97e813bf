import assert from 'node:assert/strict';
import { peftPair } from '../../../support/adapterFixture';
import { checkerOf, messages } from '../../../support/checkOne';
import { checkpointOf } from '../../../support/checkpointOf';
import { english } from '../../../support/english';
import type { Loader, LoaderCheck } from '../../../../src/core/check/types';

const MLP = 'model.layers.0.mlp';
const MATRICES = ['down_proj', 'gate_proj', 'up_proj'];
const EXPERTS = ['0', '1'].flatMap((expert) =>
  MATRICES.map((matrix) => `${MLP}.experts.${expert}.${matrix}`),
);
const SHARED = MATRICES.map((matrix) => `${MLP}.shared_experts.${matrix}`);
const CONFIG = { peft_type: 'LORA', r: 2, lora_alpha: 4, target_modules: MATRICES };

/** What a loader does with pairs for these modules, on a model that has all of the experts and the shared ones. */
function check(
  loader: Loader,
  architecture: string,
  modelType: string,
  modules: readonly string[],
  config = {},
): LoaderCheck {
  const pairs = modules.flatMap((module) => peftPair(module));
  const weights = [...EXPERTS, ...SHARED].map((name): [string, number[]] => [`${name}.weight`, [6, 4]]);
  const model = checkpointOf(Object.fromEntries(weights), { architectures: [architecture], modelType });
  return checkerOf(loader)({ ...CONFIG, ...config }, pairs, model);
}

/** Each was run with PEFT 0.21.2 and with load_adapter of transformers 5.19.0. */
describe('experts in PEFT and load_adapter', () => {
  for (const loader of ['peft', 'transformers'] as const) {
    it(`are ignored where PEFT converts no targets of the model type: ${loader}`, () => {
      const found = check(loader, 'Qwen2MoeForCausalLM', 'qwen2_moe', [...EXPERTS, ...SHARED]);
      assert.deepEqual([found.verdict, found.attached], ['other', SHARED]);
      assert.match(english(found.silent[0]?.reason), /does not convert factors of single experts/);
      // Nothing is stacked, so nothing is missing in a stack.
      assert.equal(check(loader, 'Qwen2MoeForCausalLM', 'qwen2_moe', EXPERTS.slice(3)).verdict, 'nothing');
    });

    it(`leave shared experts and dense layers without modules elsewhere: ${loader}`, () => {
      const found = check(loader, 'DeepseekV3ForCausalLM', 'deepseek_v3', [...EXPERTS, ...SHARED]);
      assert.deepEqual([found.verdict, found.attached], ['other', EXPERTS]);
      assert.match(english(found.silent[0]?.reason), /takes the target for experts only/);
      const alone = check(loader, 'DeepseekV3ForCausalLM', 'deepseek_v3', EXPERTS);
      assert.deepEqual([alone.verdict, alone.findings], ['same', []]);
    });

    it(`need both targets that are stacked: ${loader}`, () => {
      const config = { target_modules: ['mlp.shared_experts.up_proj'] };
      const half = check(loader, 'DeepseekV3ForCausalLM', 'deepseek_v3', SHARED.slice(2), config);
      assert.equal(half.verdict, 'refused');
      assert.match(messages(half), /target_modules has up_proj without gate_proj/);
    });
  }
});
