import assert from 'node:assert/strict';
import type { ScoredModule } from '../../../../src/core/report/analysis';
import { scaleSpread } from '../../../../src/host/questions/scaleSpread';
import { analysisOf, scored } from '../../../support/analysisDocument';

const module = (name: string, head: Partial<Pick<ScoredModule, 'rank' | 'scale'>> = {}): ScoredModule => ({
  ...scored(name),
  ...head,
});

describe('whether writing alpha and rank into the weights changes anything', () => {
  it('not where all have one rank and one scale', () => {
    assert.equal(scaleSpread(analysisOf([module('a'), module('b')]), []), undefined);
    assert.equal(scaleSpread(analysisOf([]), []), undefined);
  });

  it('where ranks differ, which go before scales', () => {
    const modules = [module('a', { rank: 16 }), module('b', { rank: 4, scale: 8 }), module('c', { rank: 8 })];
    assert.deepEqual(scaleSpread(analysisOf(modules), []), { of: 'rank', smallest: 4, largest: 16 });
  });

  it('where only scales differ, also by their sign', () => {
    const modules = [module('a', { scale: 0.5 }), module('b', { scale: -0.5 })];
    assert.deepEqual(scaleSpread(analysisOf(modules), []), { of: 'scale', smallest: -0.5, largest: 0.5 });
  });

  it('not where the one that differs goes', () => {
    const modules = [module('a', { rank: 16 }), module('b'), module('c')];
    assert.equal(scaleSpread(analysisOf(modules), ['a']), undefined);
    assert.notEqual(scaleSpread(analysisOf(modules), ['b']), undefined);
  });

  it('for more modules than a call takes arguments', () => {
    const [one, two] = [module('a', { rank: 1 }), module('b', { rank: 3 })];
    const many = Array.from({ length: 200_000 }, (_, at) => (at === 7 ? two : one));
    assert.deepEqual(scaleSpread(analysisOf(many), []), { of: 'rank', smallest: 1, largest: 3 });
  });
});
