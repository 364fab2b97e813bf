import assert from 'node:assert/strict';
import type { ModuleGates } from '../../../../src/core/results/fit/types';
import { doubleRanks, doublingFactor } from '../../../../src/methods/split-gates/doubleRank';
import { planSplitGates } from '../../../../src/methods/split-gates/plan';
import { splitFactors } from '../../../../src/methods/split-gates/splitFactors';
import type { LoraFactors, Rewritten } from '../../../../src/methods/types';
import { adapterOf, mlxPair, PAIRS, Q, V } from '../../../support/adapterFixture';
import { english } from '../../../support/english';
import { fitOf } from '../../../support/fitDocument';
import { normals } from '../../../support/random';
import { thrownData } from '../../../support/rejection';

const [M, N, RANK] = [7, 6, 2];
const FACTORS: LoraFactors = {
  ...{ m: M, n: N, rank: RANK },
  a: Float64Array.from(normals(RANK * N, 5)),
  b: Float64Array.from(normals(M * RANK, 6)),
};
/** The first axis of the outputs, the last one of the inputs. */
const SUBSPACES = {
  output: [Float64Array.from({ length: M }, (_, at) => (at === 0 ? 1 : 0))],
  input: [Float64Array.from({ length: N }, (_, at) => (at === N - 1 ? 1 : 0))],
  values: [1],
};

/** `B A` from the new factors, with those that were not written as before. */
function productOf({ a = FACTORS.a, b = FACTORS.b, rank = RANK }: Rewritten): number[] {
  return Array.from({ length: M * N }, (_, at) => {
    const [i, j] = [Math.floor(at / N), at % N];
    let sum = 0;
    for (let k = 0; k < rank; k++) sum += (b[i * rank + k] ?? 0) * (a[k * N + j] ?? 0);
    return sum;
  });
}

/** `g_off dW_off + g_on (dW - dW_off)`, element by element. */
function expected(on: number, off: number, side: string): number[] {
  return productOf({}).map((value, at) => {
    const isOn = (side !== 'input' && at < N) || (side !== 'output' && at % N === N - 1);
    return (isOn ? on : off) * value;
  });
}

function assertClose(actual: readonly number[], wanted: readonly number[], tolerance = 1e-12): void {
  actual.forEach((value, at) => assert.ok(Math.abs(value - (wanted[at] ?? NaN)) < tolerance, `${at}`));
}

describe('split gates', () => {
  for (const [side, on, off, rank] of [
    ['both', 0.25, 0.75, 2 * RANK],
    ['both', 0, 0.75, RANK],
    ['both', 0.5, 0.5, RANK],
    ['input', 0.25, 1, RANK],
    ['output', 1, 0.5, RANK],
  ] as const) {
    it(`scales each part by its gate: ${side}, ${on} on and ${off} off`, () => {
      const made = splitFactors(FACTORS, SUBSPACES, { on, off, side });
      assertClose(productOf(made), expected(on, off, side));
      assert.equal(made.rank ?? RANK, rank);
    });
  }

  it('is compressed to the rank where that changes little, and says how much', () => {
    const made = splitFactors(FACTORS, SUBSPACES, { on: 0.9999, off: 1, side: 'both' });
    assert.equal(made.rank, RANK);
    assert.ok((made.error ?? 0) > 0 && (made.error ?? 1) < 1e-3);
    assertClose(productOf(made), expected(0.9999, 1, 'both'), 1e-3);
  });

  it('doubles each rank of the config and keeps alpha', () => {
    const text =
      '{\n  "r": 4,\n  "lora_alpha": 8.0,\n  "rank_pattern": {"q_proj": 2},\n  "use_rslora": true\n}';
    const adapter = adapterOf(PAIRS, text);
    assert.equal(
      doubleRanks(adapter, text),
      text.replace('"r": 4', '"r": 8').replace('"q_proj": 2', '"q_proj": 4'),
    );
    assert.equal(doublingFactor(adapter), Math.SQRT2);
    assert.equal(doublingFactor(adapterOf(PAIRS, { r: 2 })), 2);
    assert.deepEqual(JSON.parse(doubleRanks(adapterOf(PAIRS, { lora_alpha: 4 }), '{}')), { r: 16 });
  });

  it('doubles the one rank of MLX, whose scale does not depend on it', () => {
    const text = JSON.stringify({ num_layers: 1, lora_parameters: { rank: 2, scale: 5 } });
    const adapter = adapterOf([...mlxPair(Q), ...mlxPair(V)], text);
    assert.deepEqual(JSON.parse(doubleRanks(adapter, text)), {
      num_layers: 1,
      lora_parameters: { rank: 4, scale: 5 },
    });
    assert.equal(doublingFactor(adapter), 1);
  });
});

describe('plan of split gates', () => {
  const plan = (gates: readonly ModuleGates[], tensors = PAIRS) => {
    const adapter = adapterOf(tensors, { r: 2, lora_alpha: 4, target_modules: ['q_proj', 'v_proj'] });
    return planSplitGates({ adapter, modules: [], results: { fit: fitOf(gates) } });
  };

  const planStep = (gates: readonly ModuleGates[]) => {
    const { step, ...rest } = plan(gates);
    assert.ok(step?.reads === 'subspaces');
    return { step, ...rest };
  };

  it('skips modules that go or stay, and pads all to the doubled rank if one needs it', () => {
    const { step, record } = planStep([
      { module: Q, on: 0.5, off: 1 },
      { module: V, on: 1, off: 1 },
    ]);
    assert.deepEqual([step.k, [...(step.skip ?? [])]], [8, [V]]);
    assert.deepEqual([record['k'], record['side']], [8, 'both']);
    const { ranks, factor, configText = '' } = step.settle?.(new Map([[Q, { rank: 4 }]])) ?? {};
    assert.deepEqual(
      [[...(ranks ?? [])], factor?.(Q)],
      [
        [
          [Q, 4],
          [V, 4],
        ],
        2,
      ],
    );
    assert.equal((JSON.parse(configText) as { r: number }).r, 4);
    const same = step.settle?.(new Map([[Q, { rank: 2, error: 4e-4 }]]));
    assert.deepEqual([same?.ranks.size, same?.configText], [0, undefined]);
    assert.match(english(same?.notes[0] ?? { text: '' }), /largest error is 4\.0e-4/);
  });

  it('removes a module with two small gates', () => {
    const { tensors, step, changed } = planStep([
      { module: Q, on: 0.5, off: 1 },
      { module: V, on: 0.01, off: 0 },
    ]);
    assert.equal(tensors.get(`base_model.model.${V}.lora_B.weight`), 'drop');
    assert.deepEqual([...(step.skip ?? [])], [V]);
    assert.deepEqual(changed, [Q, V]);
    const { ranks } = step.settle?.(new Map([[Q, { rank: 4 }]])) ?? {};
    assert.deepEqual([...(ranks ?? [])], [[Q, 4]]);
  });

  it('refuses a trained bias of lora_B', () => {
    const biased = [...PAIRS, { name: `base_model.model.${Q}.lora_B.bias`, shape: [6] }];
    const gates = [
      { module: Q, on: 0.5, off: 1 },
      { module: V, on: 1, off: 1 },
    ];
    thrownData(() => plan(gates, biased), 'bad-request', /trained bias/);
  });
});
