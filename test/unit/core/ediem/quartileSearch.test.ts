import assert from 'node:assert/strict';
import fc from 'fast-check';
import { quantile } from '../../../../src/core/ediem/quantile';
import { QuartileSearch, sortedSample } from '../../../../src/core/ediem/quartileSearch';

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

describe('QuartileSearch', () => {
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
