import assert from 'node:assert/strict';
import { readLooseAdapter, type LooseAdapter } from '../../../../src/core/adapter/looseAdapter';
import { headerOf, mlxPair, PAIRS, peftPair, Q, V } from '../../../support/adapterFixture';
import type { TestTensor } from '../../../support/safetensorsBytes';

function read(tensors: readonly TestTensor[], config: object = {}): LooseAdapter {
  return readLooseAdapter({
    weightsFile: '/a/adapter_model.safetensors',
    header: headerOf(tensors),
    configFile: '/a/adapter_config.json',
    configText: JSON.stringify(config),
  });
}

const names = ({ adapter }: LooseAdapter): string[] => adapter.modules.map(({ name }) => name);

describe('readLooseAdapter', () => {
  it('reads whole adapters as readAdapter does', () => {
    const { adapter, faults, invalidFields } = read(PAIRS, { lora_alpha: 4 });
    assert.deepEqual([adapter.modules.length, faults, invalidFields], [2, [], []]);
    assert.equal(adapter.modules[0]?.scale, 2);
  });

  it('sets half pairs and pairs that do not fit aside', () => {
    const [a, b] = peftPair(Q);
    assert.ok(a !== undefined && b !== undefined);
    for (const [tensors, kind] of [
      [[a], 'a'],
      [[b], 'b'],
      [[a, { ...b, shape: [6, 3] }], 'shape'],
    ] as const) {
      const loose = read([...tensors, ...peftPair(V)]);
      assert.deepEqual(names(loose), [V]);
      assert.deepEqual(
        loose.faults.map(({ module, kind: found }) => [module, found]),
        [[Q, kind]],
      );
      assert.equal(loose.adapter.header.tensors.size, tensors.length + 2);
    }
  });

  it('reads files without tensors, and without a whole pair', () => {
    assert.deepEqual(names(read([])), []);
    assert.equal(read([], { fine_tune_type: 'lora' }).adapter.family, 'mlx');
    assert.deepEqual(names(read(mlxPair(Q).slice(0, 1))), []);
    assert.throws(() => read([{ name: 'model.norm.weight', shape: [4] }]), /no LoRA pair/);
  });

  it('takes fields of another type for absent, and keeps the config', () => {
    const loose = read(PAIRS, { lora_alpha: '4', rank_pattern: { x: 0 }, r: 2 });
    assert.deepEqual([...loose.invalidFields].sort(), ['lora_alpha', 'rank_pattern']);
    assert.deepEqual([loose.adapter.config['lora_alpha'], loose.adapter.modules[0]?.scale], ['4', 4]);
    const mlx = read(mlxPair(Q), { lora_parameters: { scale: [2], rank: 2 } });
    assert.deepEqual(mlx.invalidFields, ['lora_parameters.scale']);
  });
});
