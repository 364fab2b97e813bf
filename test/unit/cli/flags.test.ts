import assert from 'node:assert/strict';
import fc from 'fast-check';
import { InvalidArgumentError } from 'commander';
import { hasRuleFlags, parseNumber, selectionOf } from '../../../src/cli/flags';
import { integer, number } from '../../../src/core/options';

describe('selectionOf', () => {
  it('defaults to the top 10 by E-DIEM (IQR)', () => {
    assert.deepEqual(selectionOf({}), {
      rule: { kind: 'top', k: 10 },
      rankBy: 'ediemIqr',
      pins: { keep: [], prune: [] },
    });
  });
  it('passes on each flag', () => {
    assert.deepEqual(selectionOf({ threshold: -0.5, rankBy: 'cosine', order: 'largest', pinKeep: ['a'] }), {
      rule: { kind: 'threshold', threshold: -0.5 },
      rankBy: 'cosine',
      order: 'largest',
      pins: { keep: ['a'], prune: [] },
    });
  });
});

describe('hasRuleFlags', () => {
  it('does not count pins', () => {
    assert.equal(hasRuleFlags({ pinPrune: ['a'], pinKeep: ['b'] }), false);
    assert.equal(hasRuleFlags({ top: 0 }), true);
    assert.equal(hasRuleFlags({ rankBy: 'cosine' }), true);
  });
});

const finiteNumber = (text: string): number => parseNumber(text, number());
const wholeNumber = (text: string): number => parseNumber(text, integer('', { minimum: 0 }));

describe('numbers of the command line', () => {
  it('reads back every finite number', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        assert.equal(finiteNumber(String(value)), Number(String(value)));
      }),
    );
    assert.equal(wholeNumber('0'), 0);
    assert.equal(wholeNumber('12'), 12);
  });
  it('refuses what JavaScript would take for one', () => {
    for (const text of ['', ' ', '0x10', '1e999', 'NaN', 'Infinity', '1,5', '1 ', '1_000']) {
      assert.throws(() => finiteNumber(text), InvalidArgumentError, text);
    }
    for (const text of ['', '-1', '1.0', '1e3', '99999999999999999999']) {
      assert.throws(() => wholeNumber(text), InvalidArgumentError, text);
    }
  });
});
