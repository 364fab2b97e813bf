import assert from 'node:assert/strict';
import { pairContent } from '../../../src/protocol/comparisonContent';
import type { CompareResult } from '../../../src/protocol/engineApi';
import { analysisOf, scored } from '../../support/analysisDocument';
import { untranslated } from '../../support/english';

const result: CompareResult = {
  left: '/l',
  right: '/r',
  modules: [
    { module: 'a', status: 'equal', leftNorm: 2, rightNorm: 2, difference: 0, cosine: 1 },
    { module: 'b', status: 'left-only', leftNorm: 1, rightNorm: null, difference: null, cosine: null },
  ],
  carried: [
    { tensor: 'head', status: 'changed' },
    { tensor: 'norm', status: 'equal' },
  ],
};
const adapters = [
  { head: 'l', label: 'runs/l' },
  { head: 'r', label: 'runs/r' },
] as const;

describe('pairContent', () => {
  it('has sizes by adapter, then by module, and how the sides differ', () => {
    const content = pairContent(result, adapters, [null, null], untranslated);
    assert.deepEqual(content.modules, ['a', 'b']);
    assert.deepEqual(content.measures, [{ score: 'updateNorm', values: [2, 1, 2, null] }]);
    assert.deepEqual(content.pair, {
      status: ['equal', 'only left'],
      isEqual: [true, false],
      difference: [0, 1],
      cosine: [1, null],
    });
    assert.deepEqual(content.summary, ['1 removed, 1 identical, 80 % of ‖dW‖² left.']);
    assert.deepEqual(content.notes, ['Other tensors that differ: head (changed).']);
  });

  it('has scores once both are analyzed, those that compare across adapters first', () => {
    const one = analysisOf([scored('a', { reversal: 3 }), scored('b', { reversal: 1 })]);
    assert.equal(pairContent(result, adapters, [one, null], untranslated).measures.length, 1);
    const other = analysisOf([scored('a', { reversal: 2 })]);
    const { measures } = pairContent(result, adapters, [one, other], untranslated);
    assert.deepEqual(
      measures.map(({ score }) => score),
      ['updateNorm', 'reversal', 'retained', 'ediemIqr'],
    );
    assert.deepEqual(measures[1]?.values, [3, 1, 2, null]);
  });
});
