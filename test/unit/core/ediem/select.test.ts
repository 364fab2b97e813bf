import assert from 'node:assert/strict';
import fc from 'fast-check';
import { selectInPlace } from '../../../../src/core/ediem/select';

const value = fc.oneof(fc.double({ noNaN: true }), fc.constantFrom(0, 1, -Infinity));

describe('selectInPlace', () => {
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

function arranged(count: number, seed: number, order: string): Float64Array {
  let state = seed >>> 0;
  const values = Float64Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return order === 'few' ? state >>> 30 : state;
  });
  if (order === 'ascending') return values.sort();
  return order === 'descending' ? values.sort().reverse() : values;
}
