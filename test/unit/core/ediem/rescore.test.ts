import assert from 'node:assert/strict';
import { rescore } from '../../../../src/core/ediem/rescore';
import { analysisOf, scored, unscored } from '../../../support/analysisDocument';
import { say } from '../../../../src/core/message';

const measureOf = (module: string, distance: number) => ({
  module,
  shape: [96, 256] as const,
  rank: 4,
  scale: 2,
  vNorm: 1,
  updateNorm: 2,
  projectedNorm: 1,
  distance,
  cosine: 0.5,
  reversal: -0.1,
  q1Projected: -0.1,
  q1Update: -0.2,
});

describe('rescore', () => {
  it('scores what was measured with other options, and leaves the rest as it is', () => {
    const names = ['a', 'b', 'c', 'd'];
    const gone = unscored('e', 'unmatched', say('why'));
    const document = analysisOf([...names.map((name) => scored(name)), gone], {
      measures: names.map((name, at) => measureOf(name, at + 1)),
    });
    const anew = rescore(document, { population: 'all', scale: 'none' });
    assert.deepEqual(anew.options, { population: 'all', scale: 'none', quartiles: 'exact' });
    assert.deepEqual(
      anew.modules.map(({ distance, population }) => [distance, population?.kind]),
      [
        [0.5, 'all'],
        [1, 'all'],
        [1.5, 'all'],
        [2, 'all'],
        [null, undefined],
      ],
    );
    assert.deepEqual(anew.modules.at(-1), gone);
  });
});
