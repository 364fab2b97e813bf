import assert from 'node:assert/strict';
import fc from 'fast-check';
import { selectInPlace } from '../../../../src/core/ediem/select';

describe('selectInPlace', () => {
  it('finds what sorting finds, ties and infinities included', () => {
    const value = fc.oneof(fc.double({ noNaN: true }), fc.constantFrom(0, 1, -Infinity));
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 200 }), fc.nat(), (values, place) => {
        const index = place % values.length;
        const expected = Float64Array.from(values).sort()[index] ?? NaN;
        assert.equal(selectInPlace(Float64Array.from(values), index) + 0, expected + 0);
      }),
    );
  });
});
