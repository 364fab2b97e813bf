import assert from 'node:assert/strict';
import { adamAt, adamStep, GateParameters, settled } from '../../../../src/evaluation/gates/parameters';
import { Batches } from '../../../../src/evaluation/gates/terms';

const MODULES = [
  'model.layers.0.self_attn.q_proj',
  'model.layers.0.mlp.up_proj',
  'model.layers.1.self_attn.q_proj',
];

describe('GateParameters', () => {
  it('has one number for each module, block or type, and twice as many for split gates', () => {
    const count = (per: 'module' | 'layer' | 'type', isSplit = false): number =>
      new GateParameters(MODULES, isSplit, per).count;
    assert.deepEqual([count('module'), count('layer'), count('type'), count('module', true)], [3, 2, 2, 6]);
  });

  it('gives gates that share a number its value, and adds their gradients up', () => {
    const parameters = new GateParameters(MODULES, true, 'type');
    const { on, off } = parameters.vector(Float64Array.of(0.1, 0.2, 0.3, 0.4));
    assert.deepEqual(
      [[...on], [...(off ?? [])]],
      [
        [0.1, 0.2, 0.1],
        [0.3, 0.4, 0.3],
      ],
    );
    const gradient = { on: Float64Array.of(1, 2, 3), off: Float64Array.of(10, 20, 30) };
    assert.deepEqual([...parameters.gradient(gradient)], [4, 2, 40, 20]);
  });

  it('starts at 1, or at given gates', () => {
    const parameters = new GateParameters(MODULES, true, 'module');
    assert.deepEqual([...parameters.start([])], [1, 1, 1, 1, 1, 1]);
    const start = parameters.start([{ module: MODULES[1] ?? '', on: 0.5, off: 0.75 }]);
    assert.deepEqual([...start], [1, 0.5, 1, 1, 0.75, 1]);
    // Plain gates of a neighbor are for both parts.
    assert.deepEqual([...parameters.start([{ module: MODULES[0] ?? '', on: 0.5 }])], [0.5, 1, 1, 0.5, 1, 1]);
    assert.deepEqual(parameters.gates(start)[1], { module: MODULES[1], on: 0.5, off: 0.75 });
  });

  it('makes what is nearly 0 or 1 just that', () => {
    const values = Float64Array.of(0.04, -0.04, 0.06, -0.06, 0.99, 0.996, 1.004, 1.01);
    assert.deepEqual([...settled(values)], [0, 0, 0.06, -0.06, 0.99, 1, 1, 1.01]);
  });
});

describe('adamStep', () => {
  it('goes as far as the rate at first, whatever the gradient, and stays in range', () => {
    const { ranges } = new GateParameters(MODULES, false, 'module');
    const options = { rate: 0.1, ranges };
    const first = adamStep(adamAt(Float64Array.of(0.5, 0.5, 1)), Float64Array.of(1e-3, -50, -1), options);
    assert.deepEqual(
      [...first.values].map((value) => Number(value.toFixed(4))),
      [0.4, 0.6, 1],
    );
    let state = first;
    for (let step = 0; step < 20; step++) state = adamStep(state, Float64Array.of(1, 1, 1), options);
    assert.ok(state.values.every((value) => value >= 0 && value <= 1));
    assert.equal(state.values[0], 0);
  });

  it('lets split gates reverse the part on the subspace, and make up for it with the part off it', () => {
    const { ranges } = new GateParameters(MODULES.slice(0, 1), true, 'module');
    const walk = (gradient: number): readonly number[] => {
      let state = adamAt(Float64Array.of(1, 1));
      const both = Float64Array.of(gradient, gradient);
      for (let step = 0; step < 30; step++) state = adamStep(state, both, { rate: 0.2, ranges });
      return [...state.values];
    };
    assert.deepEqual(
      [walk(1), walk(-1)],
      [
        [-1, 0],
        [1, 2],
      ],
    );
  });
});

describe('Batches', () => {
  it('goes through all rows before one comes again', () => {
    let seed = 0;
    const random = (): number => (seed = (seed * 16807 + 7) % 2147483647) / 2147483647;
    const task = Array.from({ length: 10 }, (_, at) => ({ prompt: { messages: [] }, targets: [at] }));
    const batches = new Batches({ harmful: [], benign: [], task }, 4, random);
    const drawn = Array.from({ length: 5 }, () =>
      batches.next().task.map(({ targets }) => targets[0]),
    ).flat();
    assert.equal(drawn.length, 20);
    assert.equal(new Set(drawn.slice(0, 10)).size, 10);
    assert.equal(new Set(drawn.slice(10)).size, 10);
    const few = new Batches({ harmful: [], benign: [], task: task.slice(0, 3) }, 4, random);
    assert.equal(few.next().task.length, 3);
  });
});
