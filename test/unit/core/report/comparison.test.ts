import assert from 'node:assert/strict';
import {
  comparisonSummary,
  differenceOf,
  differing,
  type ComparedModule,
} from '../../../../src/core/report/comparison';

const module = (name: string, fields: Partial<ComparedModule>): ComparedModule => ({
  module: name,
  status: 'changed',
  leftNorm: 3,
  rightNorm: 4,
  difference: 5,
  cosine: 0,
  ...fields,
});
const removed = module('a', { status: 'left-only', leftNorm: 4, rightNorm: null, difference: null });
const equal = module('b', { status: 'equal', rightNorm: 3, difference: 0, cosine: 1 });

describe('comparisonSummary', () => {
  it('counts what became of the modules, and says how much of the update is left', () => {
    assert.equal(comparisonSummary([removed, equal]), '1 removed, 1 identical, 36 % of ‖dW‖² left.');
  });

  it('compares the sizes of adapters of which neither is a part of the other', () => {
    assert.equal(comparisonSummary([module('a', {})]), '1 changed, ‖dW‖² is 178 % of that on the left.');
    const marked = (count: number): string => `<${String(count)}>`;
    assert.match(comparisonSummary([module('a', {})], undefined, marked), /^<1> changed, .* is <178> %/);
  });

  it('says nothing of the size of an update of zero', () => {
    assert.equal(
      comparisonSummary([module('a', { status: 'equal', leftNorm: 0, rightNorm: 0 })]),
      '1 identical.',
    );
  });
});

describe('differenceOf', () => {
  it('is the whole update where only one side has the module', () => {
    assert.equal(differenceOf(removed), 4);
    assert.equal(differenceOf(module('a', { status: 'right-only', leftNorm: null, difference: null })), 4);
    assert.equal(differenceOf(equal), 0);
    assert.equal(differenceOf(module('a', { difference: null })), null);
  });
});

describe('differing', () => {
  it('leaves out equal modules, and puts the largest difference first, after those that are not known', () => {
    const unknown = module('c', { difference: null });
    assert.deepEqual(
      differing([equal, removed, module('d', {}), unknown]).map((one) => one.module),
      ['c', 'd', 'a'],
    );
  });
});
