import assert from 'node:assert/strict';
import { groupTensors, mlxModule, peftModule } from '../../../../src/core/adapter/modules';
import type { AdapterModule } from '../../../../src/core/adapter/types';
import type { TensorInfo } from '../../../../src/core/safetensors/types';
import { headerOf, mlxPair, peftPair } from '../../../support/adapterFixture';
import { thrownData } from '../../../support/rejection';
import type { TestTensor } from '../../../support/safetensorsBytes';
import { english } from '../../../support/english';
import type { Message } from '../../../../src/core/message';

const FILE = '/test/adapter_model.safetensors';

function only(tensors: readonly TestTensor[], make = peftModule): AdapterModule {
  const { groups } = groupTensors(headerOf(tensors), FILE);
  assert.equal(groups.length, 1);
  const [group] = groups;
  assert.ok(group);
  return make(group, FILE, { scale: 2 });
}

describe('modules', () => {
  it('pairs A and B and takes shape and rank from them', () => {
    const module = only(peftPair('m.q', 6, 4, 2));
    assert.deepEqual(
      [module.name, module.shape, module.rank, module.scale, module.transposed],
      ['m.q', [6, 4], 2, 2, false],
    );
    assert.equal(module.unsupported, undefined);
  });

  it('reads MLX transposed', () => {
    const module = only(mlxPair('m.q', 6, 4, 2), mlxModule);
    assert.deepEqual([module.shape, module.rank, module.transposed], [[6, 4], 2, true]);
  });

  it('does not score a rank that no layer of that size has a use for, but minds no small one', () => {
    assert.equal(only(peftPair('m.q', 1, 4, 256)).unsupported, undefined);
    const reason = 'Rank 257 is larger than a layer of 2 x 4 can use, so the module is not scored.';
    assert.equal(english(only(peftPair('m.q', 2, 4, 257)).unsupported), reason);
    assert.equal(english(only(mlxPair('m.q', 2, 4, 257), mlxModule).unsupported), reason);
    assert.equal(only(peftPair('m.q', 300, 504, 300)).unsupported, undefined);
    assert.match(english(only(peftPair('m.q', 300, 504, 301)).unsupported), /larger than a layer/);
  });

  it('does not score a rank that takes too much memory', () => {
    const reasonOf = (m: number, n: number, rank: number): Message | undefined => {
      const tensor = (shape: readonly number[]): TensorInfo => ({
        ...{ name: 't', dtype: 'BF16', shape, offset: 0, byteLength: 0 },
      });
      const parts = new Map([
        ['a', tensor([rank, n])],
        ['b', tensor([m, rank])],
      ] as const);
      return peftModule({ name: 'q', parts }, FILE, { scale: 2 }).unsupported;
    };
    assert.equal(reasonOf(28_672, 8192, 1024), undefined);
    assert.equal(reasonOf(4096, 4096, 4096), undefined);
    assert.match(english(reasonOf(4096, 4096, 8192)), /larger than a layer/);
    const reason = 'Scoring rank 2048 of a layer of 28672 x 8192 takes more than 2 GB of memory.';
    assert.equal(english(reasonOf(28_672, 8192, 2048)), reason);
  });

  const factors = (a: readonly number[], b: readonly number[]): TestTensor[] => [
    { name: 'q.lora_A.weight', shape: a },
    { name: 'q.lora_B.weight', shape: b },
  ];
  const embedding = (...parts: readonly ('A' | 'B')[]): TestTensor[] =>
    parts.map((part) => ({ name: `q.lora_embedding_${part}`, shape: part === 'A' ? [2, 9] : [3, 2] }));
  const broken: readonly (readonly [string, readonly TestTensor[], RegExp])[] = [
    ['A without B', peftPair('m.q').slice(0, 1), /lora_A\.weight" has no partner: .* lora_B is missing/],
    ['B without A', peftPair('m.q').slice(1), /lora_B\.weight" has no partner: .* lora_A is missing/],
    ['ranks that differ', factors([2, 4], [6, 3]), /do not fit together/],
    ['factors of other dimensions', factors([2], [6, 2]), /do not fit together/],
    ['an empty factor', factors([0, 4], [6, 0]), /is empty/],
    ['a convolution with a large B', factors([2, 3, 1, 1], [6, 2, 3, 3]), /do not fit together/],
    ['two kinds of pairs in one', [...peftPair('q'), ...embedding('A', 'B')], /claim the same module/],
    ['half an embedding', embedding('A'), /lora_embedding_B is missing/],
  ];
  for (const [what, tensors, message] of broken) {
    it(`names the tensor of ${what}`, () => {
      const error = thrownData(() => only(tensors), 'bad-safetensors', message);
      assert.ok(tensors.some(({ name }) => name === error.tensor));
      assert.equal(error.file, FILE);
    });
  }

  it('names the tensor of an MLX half', () => {
    thrownData(() => only(mlxPair('q').slice(0, 1), mlxModule), 'bad-safetensors', /lora_b is missing/);
  });

  it('refuses two tensors for one part, and several adapters in one file', () => {
    const twins = [...peftPair('q'), { name: 'q.lora_A.weight', shape: [2, 4] }];
    thrownData(() => groupTensors(headerOf(twins), FILE), 'bad-safetensors', /same part of one module/);
    const two = ['one', 'two'].flatMap((name) => [
      { name: `q.lora_A.${name}.weight`, shape: [2, 4] },
      { name: `q.lora_B.${name}.weight`, shape: [6, 2] },
    ]);
    thrownData(
      () => groupTensors(headerOf(two), FILE),
      'unsupported-adapter',
      /several adapters \("one", "two"\)/,
    );
  });

  it('lists what it cannot score: convolutions, embeddings, stacked experts', () => {
    const conv = only([
      { name: 'c.lora_A.weight', shape: [2, 3, 3, 3] },
      { name: 'c.lora_B.weight', shape: [5, 2, 1, 1] },
    ]);
    assert.deepEqual([conv.shape, conv.rank], [[5, 27], 2]);
    assert.match(english(conv.unsupported), /convolution/);
    const embedding = only([
      { name: 'e.lora_embedding_A', shape: [2, 50] },
      { name: 'e.lora_embedding_B', shape: [8, 2] },
      { name: 'e.base_layer.weight', shape: [50, 8] },
    ]);
    assert.deepEqual([embedding.shape, embedding.tensors.length], [[8, 50], 3]);
    assert.match(english(embedding.unsupported), /embedding/);
    const experts = only(
      [
        { name: 'x.lora_a', shape: [3, 2, 4] },
        { name: 'x.lora_b', shape: [3, 6, 2] },
      ],
      mlxModule,
    );
    assert.deepEqual([experts.shape, experts.rank, experts.transposed], [[6, 4], 2, false]);
    assert.match(english(experts.unsupported), /experts/);
    assert.match(english(only(mlxPair('model.embed_tokens', 6, 50, 2), mlxModule).unsupported), /embedding/);
  });
});
