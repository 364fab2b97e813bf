import assert from 'node:assert/strict';
import { english } from '../../../support/english';
import type { LoaderCheck } from '../../../../src/core/check/types';
import type { Checkpoint } from '../../../../src/core/checkpoint/types';
import { mlxPair, peftPair, Q } from '../../../support/adapterFixture';
import { CLEAN_CHECK, checkerOf, messages } from '../../../support/checkOne';
import { checkpointOf } from '../../../support/checkpointOf';

const V = 'model.layers.3.self_attn.v_proj';
const GOOD = { num_layers: 4, lora_parameters: { rank: 2, scale: 20, dropout: 0, keys: [Q, V] } };

const checkMlx = checkerOf('mlx');
const check = (config: object, model?: Checkpoint): LoaderCheck =>
  checkMlx(config, [...mlxPair(Q), ...mlxPair(V)], model, { weightsFile: '/a/adapters.safetensors' });

describe('rules of mlx-lm', () => {
  it('attaches full names in keys', () => {
    assert.deepEqual(check(GOOD), { ...CLEAN_CHECK, loader: 'mlx', version: '0.32', attached: [Q, V] });
  });

  it('applies relative keys to the last num_layers blocks', () => {
    const model = checkpointOf({ [`${Q}.weight`]: [6, 4], [`${V}.weight`]: [6, 4] });
    const relative = (num_layers: number): LoaderCheck =>
      check(
        {
          num_layers,
          lora_parameters: { ...GOOD.lora_parameters, keys: ['self_attn.q_proj', 'self_attn.v_proj'] },
        },
        model,
      );
    assert.deepEqual(
      relative(1).silent.map(({ module }) => module),
      [Q],
    );
    assert.deepEqual(relative(0).silent, []);
    assert.deepEqual(relative(4).silent, []);
    assert.deepEqual(
      check({ ...GOOD, lora_parameters: { ...GOOD.lora_parameters, keys: [Q] } }).silent.map(
        ({ module }) => module,
      ),
      [V],
    );
    assert.equal(
      check({ num_layers: 4, lora_parameters: { rank: 2, scale: 20, dropout: 0 } }).verdict,
      'same',
    );
  });

  it('fails on missing fields, other ranks, another file name and PEFT', () => {
    assert.deepEqual(
      check({ lora_parameters: { scale: 2 } }).findings.map(({ field }) => field),
      ['num_layers', 'lora_parameters.rank', 'lora_parameters.dropout', 'lora_parameters.keys'],
    );
    assert.match(
      english(check({ ...GOOD, lora_parameters: { ...GOOD.lora_parameters, rank: 4 } }).findings[0]?.message),
      /one rank for all modules, but .*q_proj/,
    );
    assert.match(english(checkMlx(GOOD, mlxPair(Q)).findings[0]?.message), /looks for adapters\.safetensors/);
    assert.match(messages(checkMlx({}, peftPair(Q))), /mlx-lm does not read PEFT adapters/);
  });

  it('stops at values that it was seen to stop at', () => {
    const model = checkpointOf({
      [`${Q}.weight`]: [6, 4],
      [`${V}.weight`]: [6, 4],
      'model.layers.0.input_layernorm.weight': [4],
    });
    const errors = (config: object): (string | undefined)[] =>
      check({ ...GOOD, ...config }, model).findings.flatMap(({ severity, field }) =>
        severity === 'error' ? [field] : [],
      );
    const withParameters = (parameters: object): (string | undefined)[] =>
      errors({ lora_parameters: { ...GOOD.lora_parameters, ...parameters } });
    assert.deepEqual(errors({}), []);
    assert.deepEqual(errors({ num_layers: null }), ['num_layers']);
    for (const rank of [0, '2', 2.5]) assert.equal(withParameters({ rank })[0], 'lora_parameters.rank');
    for (const scale of ['2', [2], null])
      assert.deepEqual(withParameters({ scale }), ['lora_parameters.scale']);
    for (const dropout of [1, -1, '0', null])
      assert.deepEqual(withParameters({ dropout }), ['lora_parameters.dropout']);
    for (const extra of ['self_attn', 'input_layernorm'])
      assert.deepEqual(withParameters({ keys: [Q, V, extra] }), ['lora_parameters.keys']);
    assert.deepEqual(withParameters({ keys: [Q, V, 'foo.bar'] }), []);
    assert.equal(withParameters({ keys: 'self_attn.q_proj' })[0], 'lora_parameters.keys');
    assert.equal(withParameters({ scale: -20 }).length, 0);
  });

  it('applies one scale to modules that have their own', () => {
    const { verdict, altered } = check({ ...GOOD, unsloth_mlx_lora_module_scales: { [V]: 10 } });
    assert.equal(verdict, 'other');
    assert.deepEqual(
      altered.map(({ module, scale }) => [module, scale]),
      [[V, 20]],
    );
  });
});
