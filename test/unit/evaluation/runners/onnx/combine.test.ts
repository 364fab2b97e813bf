import assert from 'node:assert/strict';
import type { Factors, SiteFactors } from '../../../../../src/evaluation/runners/onnx/adapters';
import { combine, shareBatches } from '../../../../../src/evaluation/runners/onnx/combine';

const INPUTS = 3;
const OUTPUTS = [2, 4];

/** Factors of one site of two modules, with numbers that tell where they come from. */
function factorsOf(seed: number, ...ranks: readonly number[]): Factors {
  const sum = ranks.reduce((all, rank) => all + rank, 0);
  const numbers = (length: number, start: number): Float32Array =>
    Float32Array.from({ length }, (_, at) => seed * 100 + start + at);
  const site: SiteFactors = {
    ranks,
    a: numbers(INPUTS * sum, 1),
    b: ranks.map((rank, module) => numbers(rank * (OUTPUTS[module] ?? 0), 50)),
  };
  return { sites: [site], rank: sum, bytes: seed, multiplyAdds: seed, notes: [] };
}

/** `(x A ∘ mask) B` of a module. */
function apply({ sites: [site] }: Factors, mask: Float32Array, module: number): number[] {
  assert.ok(site);
  const width = site.ranks.reduce((all, rank) => all + rank, 0);
  const first = site.ranks.slice(0, module).reduce((all, rank) => all + rank, 0);
  const outputs = OUTPUTS[module] ?? 0;
  const y = new Array<number>(outputs).fill(0);
  for (let r = 0; r < (site.ranks[module] ?? 0); r++) {
    let low = 0;
    for (let i = 0; i < INPUTS; i++) low += (i + 1) * (site.a[i * width + first + r] ?? NaN);
    const gated = low * (mask[first + r] ?? NaN);
    y.forEach((value, o) => (y[o] = value + gated * (site.b[module]?.[r * outputs + o] ?? NaN)));
  }
  return y;
}

const ones = (length: number): Float32Array => new Float32Array(length).fill(1);

describe('adapters side by side', () => {
  const adapters = [factorsOf(1, 2, 1), factorsOf(2, 0, 0), factorsOf(3, 1, 0), factorsOf(4, 0, 3)];

  it('give each row its own adapter', () => {
    const { factors, masks } = combine(adapters);
    assert.deepEqual(factors.sites[0]?.ranks, [3, 4]);
    assert.equal(factors.rank, 7);
    adapters.forEach((adapter, at) => {
      for (const module of [0, 1])
        assert.deepEqual(
          apply(factors, masks[at] ?? ones(0), module),
          apply(adapter, ones(adapter.rank), module),
          `adapter ${at}, module ${module}`,
        );
    });
  });

  it('leave one alone as it is', () => {
    const [adapter] = adapters;
    assert.ok(adapter);
    const { factors, masks } = combine([adapter]);
    assert.equal(factors, adapter);
    assert.deepEqual(masks, [ones(3)]);
  });

  it('share a batch while that costs little', () => {
    const sizes = [5, 0, 3, 9].map((multiplyAdds) => ({ multiplyAdds }));
    const groups = shareBatches(sizes, 8).map((group) => group.map(({ multiplyAdds }) => multiplyAdds));
    assert.deepEqual(groups, [[0, 3, 5], [9]]);
    assert.deepEqual(shareBatches([], 8), []);
  });
});
