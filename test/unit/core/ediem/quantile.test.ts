import assert from 'node:assert/strict';
import fc from 'fast-check';
import { quantile } from '../../../../src/core/ediem/quantile';
import { selectInPlace } from '../../../../src/core/ediem/select';
import { QuartileSearch, sortedSample } from '../../../../src/core/ediem/quartileSearch';

/** Straight from numpy's definition of method "linear", written another way round. */
function byDefinition(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const virtual = (sorted.length - 1) * p;
  const below = sorted[Math.floor(virtual)] ?? NaN;
  const above = sorted[Math.ceil(virtual)] ?? NaN;
  return below * (1 - (virtual - Math.floor(virtual))) + above * (virtual - Math.floor(virtual));
}

describe('quantile', () => {
  it('interpolates as numpy does', () => {
    // numpy.quantile([3, 1, 2, 4], [0.25, 0.5, 0.75]) = [1.75, 2.5, 3.25]
    assert.deepEqual(
      [0.25, 0.5, 0.75].map((p) => quantile([3, 1, 2, 4], p)),
      [1.75, 2.5, 3.25],
    );
    assert.equal(quantile([7], 0.25), 7);
  });

  it('agrees with the definition on any list', () => {
    const values = fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1 });
    fc.assert(
      fc.property(values, fc.double({ noNaN: true, min: 0, max: 1 }), (list, p) => {
        assert.ok(Math.abs(quantile(list, p) - byDefinition(list, p)) <= 1e-9 * 1e6);
      }),
    );
  });

  it('refuses an empty list', () => {
    assert.throws(() => quantile([], 0.25), RangeError);
  });
});

describe('selectInPlace', () => {
  const value = fc.oneof(fc.double({ noNaN: true }), fc.constantFrom(0, 1, -Infinity));

  function arranged(count: number, seed: number, order: string): Float64Array {
    let state = seed >>> 0;
    const values = Float64Array.from({ length: count }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return order === 'few' ? state >>> 30 : state;
    });
    if (order === 'ascending') return values.sort();
    return order === 'descending' ? values.sort().reverse() : values;
  }

  it('finds what sorting finds, ties and infinities included', () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 200 }), fc.nat(), (values, place) => {
        const index = place % values.length;
        const expected = Float64Array.from(values).sort()[index] ?? NaN;
        assert.equal(selectInPlace(Float64Array.from(values), index) + 0, expected + 0);
      }),
    );
  });

  it('finds it among many, of any order, and the next one among those after it', () => {
    const orders = fc.constantFrom('random', 'ascending', 'descending', 'few');
    fc.assert(
      fc.property(
        fc.integer({ min: 601, max: 20_000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.integer(),
        orders,
        (count, place, seed, order) => {
          const values = arranged(count, seed, order);
          const sorted = values.slice().sort();
          const index = Math.floor(place * (count - 1));
          assert.equal(selectInPlace(values, index), sorted[index]);
          assert.equal(selectInPlace(values, index + 1, index), sorted[index + 1]);
          assert.deepEqual(values.sort(), sorted);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('QuartileSearch', () => {
  function search(values: readonly number[], p: number, sample: readonly number[], block: number): number {
    const finder = new QuartileSearch(values.length, p, sortedSample(Float64Array.from(sample).sort()));
    for (let passes = 0; !finder.done; passes++) {
      assert.ok(passes < 200, 'the search does not end');
      for (let at = 0; at < values.length; at += block)
        finder.add(Float64Array.from(values.slice(at, at + block)));
      finder.endPass();
    }
    return finder.value();
  }

  const value = fc.oneof(
    fc.double({ noNaN: true, min: -1e3, max: 1e3 }),
    fc.constantFrom(0, -0, 1, -1), // ties
  );

  it('finds what sorting finds, whatever the sample says and however the values come', () => {
    const sample = fc.oneof(fc.constant([]), fc.array(value, { minLength: 64, maxLength: 100 }));
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 300 }),
        fc.double({ noNaN: true, min: 0, max: 1 }),
        sample,
        fc.integer({ min: 1, max: 50 }),
        (values, p, guess, block) => {
          assert.equal(search(values, p, guess, block) + 0, quantile(values, p) + 0);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('ends when nearly all values are the same', () => {
    const values = Array.from({ length: 5000 }, (_, i) => (i % 1000 === 0 ? i : 0));
    assert.equal(search(values, 0.25, values.slice(0, 100), 512), 0);
  });

  it('narrows a bracket that holds more than it keeps', () => {
    const count = (1 << 20) + 12345;
    const values = Float64Array.from({ length: count }, (_, i) => Math.imul(i, 2654435761) / 7);
    const finder = new QuartileSearch(count, 0.25, sortedSample(new Float64Array()));
    let passes = 0;
    for (; !finder.done; passes++) {
      finder.add(values);
      finder.endPass();
    }
    assert.equal(finder.value(), quantile(values, 0.25));
    assert.ok(passes > 1 && passes < 10, `${String(passes)} passes`);
  });

  it('has no value before it is done', () => {
    assert.throws(() => new QuartileSearch(4, 0.25, sortedSample(new Float64Array())).value(), /not ended/);
  });
});
