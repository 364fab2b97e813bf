import assert from 'node:assert/strict';
import { pairContent, runContent } from '../../../src/protocol/comparisonContent';
import type { CompareResult } from '../../../src/protocol/engineApi';
import { analysisOf, scored } from '../../support/analysisDocument';
import { say } from '../../../src/core/message';
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

describe('runContent', () => {
  const entry = (head: string, reversal: number) => ({
    head,
    label: `run/${head}`,
    document: analysisOf([scored('layers.0.q', { reversal }), scored('layers.1.q', { reversal: -reversal })]),
    evaluation: null,
  });
  const entries = [entry('10', 1), { ...entry('20', 2), document: null }, entry('30', 3)];

  it('has a column for each adapter, also for one without scores', () => {
    const content = runContent(entries, 'ediemIqr', [say('A note.')], untranslated);
    assert.deepEqual(content.modules, ['layers.0.q', 'layers.1.q']);
    assert.deepEqual(content.measures[0], { score: 'reversal', values: [1, -1, null, null, 3, -3] });
    assert.deepEqual(content.run?.layers, ['layers.0', 'layers.1']);
    assert.deepEqual(content.run.means[0], { score: 'reversal', values: [1, -1, null, null, 3, -3] });
    assert.match(content.notes.join(' '), /^A note\. E-DIEM compares modules within one adapter only/);
    assert.ok(!content.measures.some(({ score }) => score === 'ediemIqr'));
  });

  it('begins with the score of the settings if it compares across adapters', () => {
    const scores = runContent(entries, 'updateNorm', [], untranslated).measures.map(({ score }) => score);
    assert.deepEqual(scores, ['updateNorm', 'reversal', 'retained']);
  });

  it('has texts and axes of its lines', () => {
    const { lines } = runContent(entries, 'reversal', [], untranslated).run ?? { lines: [] };
    const size = lines.find(({ short }) => short === '‖dW‖');
    assert.equal(size?.texts[1], '–');
    assert.equal(size.low, 0);
    assert.equal(size.axis[1], size.texts[0]);
  });
});
