import assert from 'node:assert/strict';
import { parseRule, ruleNumber, ruleOf } from '../../../../src/core/selection/rule';

describe('rules from outside', () => {
  it('are taken where kind and number are valid', () => {
    for (const rule of [
      { kind: 'top', k: 0 },
      { kind: 'threshold', threshold: -1.5 },
      { kind: 'fraction', fraction: 1 },
    ] as const) {
      assert.deepEqual(parseRule(rule), rule);
      assert.deepEqual(ruleOf(rule.kind, ruleNumber(rule)), rule);
    }
    assert.deepEqual(parseRule({ kind: 'none' }), { kind: 'none' });
  });

  it('are refused otherwise', () => {
    for (const value of [
      null,
      [],
      { kind: 'other' },
      { kind: 'top', k: 1.5 },
      { kind: 'top', k: -1 },
      { kind: 'top', k: '3' },
      { kind: 'threshold', threshold: Infinity },
      { kind: 'fraction', fraction: 1.01 },
      { kind: 'fraction' },
    ])
      assert.equal(parseRule(value), undefined, JSON.stringify(value));
  });
});
