import assert from 'node:assert/strict';
import { LineSearch } from '../../../src/repair/search';

/** What is measured until the search is over. */
function searched(
  length: number,
  isStrongEnough: (at: number) => boolean,
): { found: number | undefined; measured: number[] } {
  const search = new LineSearch(length);
  const measured: number[] = [];
  for (let next = search.next(); next.length > 0; next = search.next()) {
    for (const at of next) {
      measured.push(at);
      search.add(at, isStrongEnough(at));
    }
  }
  return { found: search.found, measured };
}

describe('LineSearch', () => {
  for (const length of [1, 2, 3, 4, 9, 17]) {
    it(`finds the weakest point that suffices among ${length}, measuring each once`, () => {
      for (let first = 0; first <= length; first++) {
        const { found, measured } = searched(length, (at) => at >= first);
        assert.equal(found, first === length ? undefined : first);
        assert.equal(new Set(measured).size, measured.length);
        assert.ok(measured.length <= 2 + Math.ceil(Math.log2(length + 1)), `${measured.length} of ${length}`);
      }
    });
  }

  it('ends where strength and refusals do not go together', () => {
    for (let pattern = 0; pattern < 2 ** 9; pattern++) {
      const { found } = searched(9, (at) => (pattern & (1 << at)) !== 0);
      assert.ok(found === undefined || (pattern & (1 << found)) !== 0);
    }
  });

  it('has nothing to do on an empty line', () => {
    assert.deepEqual(
      searched(0, () => true),
      { found: undefined, measured: [] },
    );
  });
});
