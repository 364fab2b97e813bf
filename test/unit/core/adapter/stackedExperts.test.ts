import assert from 'node:assert/strict';
import { readAdapter, withStacks } from '../../../../src/core/adapter/readAdapter';
import { gatherSlice, joinSlices } from '../../../../src/core/adapter/joinSlices';
import { parameterFinder } from '../../../../src/core/adapter/stackedExperts';
import type { Adapter, AdapterModule } from '../../../../src/core/adapter/types';
import type { TensorFate } from '../../../../src/core/safetensors/writePlan';
import { planPrune } from '../../../../src/methods/prune/plan';
import { adapterOf, mlxPair, peftPair, Q } from '../../../support/adapterFixture';

const EXPERTS = 'model.layers.0.mlp.experts';
const TARGETS = ['experts.gate_up_proj', 'experts.down_proj'];
const CONFIG = {
  peft_type: 'LORA',
  r: 2,
  lora_alpha: 4,
  target_modules: ['q_proj'],
  target_parameters: TARGETS,
};

/** A pair of all experts: A is (count r) x n, B is m x (count r). */
const stack = (name: string, m: number, n: number, count: number): ReturnType<typeof peftPair> =>
  peftPair(name, m, n, 2 * count);

const stacked = (config: object = {}): Adapter =>
  adapterOf([...peftPair(Q), ...stack(`${EXPERTS}.base_layer`, 6, 4, 3), ...stack(EXPERTS, 4, 3, 3)], {
    ...CONFIG,
    ...config,
  });

function moduleOf(adapter: Adapter, name: string): AdapterModule {
  const module = adapter.modules.find((one) => one.name === name);
  assert.ok(module, adapter.modules.map((one) => one.name).join());
  return module;
}

describe('experts of target_parameters', () => {
  it('are modules of the parameters that PEFT wraps, gate_up_proj innermost', () => {
    const adapter = stacked();
    assert.deepEqual(
      adapter.modules.map(({ name, shape, rank, scale }) => [name, ...shape, rank, scale]),
      [0, 1, 2]
        .flatMap((index) => [
          [`${EXPERTS}.${index}.down_proj`, 4, 3, 2, 2],
          [`${EXPERTS}.${index}.gate_up_proj`, 6, 4, 2, 2],
        ])
        .concat([[Q, 6, 4, 2, 2]]),
    );
    assert.deepEqual(adapter.carried, []);
  });

  it('take rank and alpha that patterns give the parameter', () => {
    const adapter = stacked({ rank_pattern: { gate_up_proj: 3 }, alpha_pattern: { gate_up_proj: 12 } });
    const { rank, scale } = moduleOf(adapter, `${EXPERTS}.1.gate_up_proj`);
    assert.deepEqual([rank, scale], [3, 4]);
    assert.equal(adapter.modules.filter(({ name }) => name.endsWith('gate_up_proj')).length, 2);
  });

  it('are one pair for loaders', () => {
    const { modules, carried } = withStacks(stacked());
    assert.deepEqual(
      modules.map(({ name }) => name),
      [Q],
    );
    assert.equal(carried.length, 4);
  });

  it('stay carried where their parameter is unknown or the rank does not fit', () => {
    for (const config of [
      { target_parameters: ['experts.w1', 'experts.w2'] },
      { r: 5 },
      { target_parameters: ['experts.down_proj'] },
    ])
      assert.equal(stacked(config).carried.length, 4);
  });

  it('have A and B change places in Llama 4', () => {
    const name = 'model.layers.0.feed_forward.experts';
    const adapter = adapterOf([...peftPair(Q), ...stack(name, 3, 4, 2)], {
      ...CONFIG,
      target_parameters: ['experts.down_proj'],
    });
    const { a, b, shape, transposed } = moduleOf(adapter, `${name}.1.down_proj`);
    assert.deepEqual([a.shape, b.shape, shape, transposed], [[3, 2], [2, 4], [4, 3], true]);
  });
});

describe('parameterFinder', () => {
  it('matches owners by the ends of their names, as PEFT does', () => {
    const find = (targets: readonly string[], pair = EXPERTS): string | undefined =>
      parameterFinder(targets, new Set([pair]))(pair);
    assert.equal(find(['experts.down_proj']), `${EXPERTS}.down_proj`);
    assert.equal(find(['down_proj']), `${EXPERTS}.down_proj`);
    assert.equal(find([`${EXPERTS}.w1`]), `${EXPERTS}.w1`);
    assert.equal(find(['xperts.down_proj']), undefined);
    assert.equal(find(TARGETS), undefined);
    assert.equal(find(['experts.down_proj'], `${EXPERTS}.base_layer.base_layer`), undefined);
  });
});

describe('3-D factors of experts', () => {
  const NAME = 'base_model.model.model.layers.0.mlp.experts.down_proj';
  const of = (a: readonly number[], b: readonly number[]): Adapter =>
    adapterOf(
      [
        ...peftPair(Q),
        { name: `${NAME}.lora_A.weight`, shape: a },
        { name: `${NAME}.lora_B.weight`, shape: b },
      ],
      { ...CONFIG, target_parameters: null },
    );

  it('are a module for each, also where they share one factor', () => {
    const own = moduleOf(of([3, 2, 5], [3, 4, 2]), `${EXPERTS}.2.down_proj`);
    assert.deepEqual([own.shape, own.rank, own.a.slice?.index, own.b.slice?.index], [[4, 5], 2, 2, 2]);
    const shared = moduleOf(of([1, 2, 5], [3, 4, 2]), `${EXPERTS}.2.down_proj`);
    assert.deepEqual(
      [shared.a.slice?.index, shared.a.slice?.isShared, shared.b.slice?.isShared],
      [0, true, false],
    );
  });

  it('are zero through the factor that is not shared', () => {
    const adapter = of([3, 2, 5], [1, 4, 2]);
    const name = `${EXPERTS}.1.down_proj`;
    const { tensors } = planPrune(
      { adapter, modules: [name], results: {} },
      { mode: 'remove', bakeScale: false },
    );
    assert.deepEqual([...joinSlices(adapter, tensors).keys()], [`${NAME}.lora_A.weight`]);
  });

  it('cannot get different values where they share a factor', () => {
    const adapter = of([1, 2, 5], [3, 4, 2]);
    const { a } = moduleOf(adapter, `${EXPERTS}.0.down_proj`);
    const fate = { shape: a.shape, transform: (bytes: Uint8Array) => bytes };
    assert.throws(() => joinSlices(adapter, new Map([[a.name, fate]])), /All experts share the tensor/);
  });
});

describe('stacked experts of MLX', () => {
  it('are a module for each', () => {
    const name = 'model.layers.0.mlp.switch_mlp.up_proj';
    const tensors = [
      ...mlxPair(Q),
      { name: `${name}.lora_a`, shape: [3, 2, 5] },
      { name: `${name}.lora_b`, shape: [3, 4, 2] },
    ];
    const config = {
      fine_tune_type: 'lora',
      num_layers: 1,
      lora_parameters: { rank: 2, scale: 2, dropout: 0 },
    };
    const adapter = adapterOf(tensors, config);
    const { shape, rank, transposed } = moduleOf(adapter, 'model.layers.0.mlp.switch_mlp.1.up_proj');
    assert.deepEqual([shape, rank, transposed], [[4, 5], 2, false]);
    const modules = adapter.modules.filter(({ stack: of }) => of === name).map((module) => module.name);
    const { configText = '' } = planPrune(
      { adapter, modules: [Q], results: {} },
      { mode: 'remove', bakeScale: false },
    );
    assert.deepEqual(
      (JSON.parse(configText) as { lora_parameters: { keys: unknown } }).lora_parameters.keys,
      [name],
    );
    const gone = planPrune({ adapter, modules, results: {} }, { mode: 'remove', bakeScale: false });
    assert.deepEqual([...joinSlices(adapter, gone.tensors).values()], ['drop', 'drop']);
  });
});

describe('joinSlices', () => {
  const A = `base_model.model.${EXPERTS}.lora_A.weight`;
  const B = `base_model.model.${EXPERTS}.lora_B.weight`;
  const adapter = adapterOf([...peftPair(Q), ...stack(EXPERTS, 2, 1, 2)], {
    ...CONFIG,
    target_parameters: ['experts.down_proj'],
  });
  const module = moduleOf(adapter, `${EXPERTS}.1.down_proj`);
  /** B is 2 x 4: experts 0 and 1 in turn. */
  const bytes = new Uint8Array(Float32Array.of(1, 10, 2, 20, 3, 30, 4, 40).buffer);
  const floats = (of: Uint8Array): number[] => [...new Float32Array(of.slice().buffer)];

  function joined(
    fates: readonly (readonly [string, TensorFate])[],
    name: string,
  ): Exclude<TensorFate, string> {
    const fate = joinSlices(adapter, new Map(fates)).get(name);
    assert.ok(typeof fate === 'object');
    return fate;
  }

  it('reads the columns of one expert and writes them back', () => {
    const { slice } = module.b;
    assert.ok(slice);
    assert.deepEqual(floats(gatherSlice(bytes, module.b.shape, slice, 4)), [10, 20, 30, 40]);
    const zeroed = joined([[module.b.name, 'zero']], B);
    assert.deepEqual(zeroed.shape, [2, 4]);
    assert.deepEqual(floats(zeroed.transform(bytes)), [1, 0, 2, 0, 3, 0, 4, 0]);
  });

  it('gives all experts the rank of the largest', () => {
    const wider = {
      shape: [2, 3],
      transform: () => new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6).buffer),
    };
    const { shape, transform } = joined([[module.b.name, wider]], B);
    assert.deepEqual(shape, [2, 6]);
    assert.deepEqual(floats(transform(bytes)), [1, 1, 2, 2, 0, 3, 3, 4, 4, 5, 0, 6]);
    const longer = { shape: [3, 1], transform: () => new Uint8Array(Float32Array.of(7, 8, 9).buffer) };
    const rows = joined([[module.a.name, longer]], A);
    assert.deepEqual(rows.shape, [6, 1]);
    const before = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);
    assert.deepEqual(floats(rows.transform(before)), [1, 2, 0, 7, 8, 9]);
  });

  it('leaves other tensors and untouched stacks alone', () => {
    const fates = new Map<string, TensorFate>([['other', 'drop']]);
    assert.deepEqual([...joinSlices(adapter, fates)], [['other', 'drop']]);
  });
});

describe('prune of stacked experts', () => {
  const pruned = (modules: readonly string[]): { target_modules: unknown; target_parameters: unknown } => {
    const { configText = '' } = planPrune(
      { adapter: stacked(), modules, results: {} },
      { mode: 'remove', bakeScale: false },
    );
    return JSON.parse(configText) as ReturnType<typeof pruned>;
  };
  const ALL = stacked().modules.flatMap(({ name, stack: of }) => (of === undefined ? [] : [name]));

  it('names parameters apart from modules, and only what changes', () => {
    assert.deepEqual(pruned(ALL).target_parameters, []);
    assert.deepEqual(pruned(ALL).target_modules, ['q_proj']);
    assert.deepEqual(pruned([Q, ALL[0] ?? '']).target_modules, []);
    assert.deepEqual(pruned([Q]).target_parameters, TARGETS);
  });

  it('reads back what it writes', () => {
    const adapter = stacked();
    const again = readAdapter({ ...adapter, configText: JSON.stringify(CONFIG) });
    assert.equal(again.modules.length, adapter.modules.length);
  });
});
