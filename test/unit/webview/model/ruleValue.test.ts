import assert from 'node:assert/strict';
import { Cut } from '../../../../src/core/selection/cut';
import { parseValue, ruleValue, stepRule } from '../../../../webview/model/ruleValue';

describe('rule values', () => {
  it('are read as users write them', () => {
    assert.deepEqual(parseValue('top', ' 3 ', 10), { kind: 'top', k: 3 });
    assert.deepEqual(parseValue('top', '1,000', 10_003), { kind: 'top', k: 1000 });
    assert.deepEqual(parseValue('threshold', '−1,5', 10), { kind: 'threshold', threshold: -1.5 });
    assert.deepEqual(parseValue('fraction', '12.5 %', 10), { kind: 'fraction', fraction: 0.125 });
  });

  it('are refused when they are none or out of range', () => {
    for (const typed of ['', 'x', '1.5', '-1', '11', 'Infinity'])
      assert.equal(parseValue('top', typed, 10), null);
    for (const typed of ['', '-1', '101']) assert.equal(parseValue('fraction', typed, 10), null);
    assert.equal(parseValue('threshold', '1e999', 10), null);
  });

  it('are shown short', () => {
    assert.equal(ruleValue({ kind: 'top', k: 7 }), '7');
    assert.equal(ruleValue({ kind: 'threshold', threshold: 1.23456789 }), '1.23457');
    assert.equal(ruleValue({ kind: 'fraction', fraction: 0.29 }), '29');
  });

  it('step by a module, or by one per cent', () => {
    const cut = new Cut([1, 2, 3], 'largest');
    assert.deepEqual(stepRule({ kind: 'top', k: 2 }, 1, cut), { kind: 'top', k: 3 });
    assert.deepEqual(stepRule({ kind: 'top', k: 0 }, -1, cut), { kind: 'top', k: 0 });
    assert.deepEqual(stepRule({ kind: 'fraction', fraction: 0.29 }, 1, cut), {
      kind: 'fraction',
      fraction: 0.3,
    });
    assert.deepEqual(stepRule({ kind: 'fraction', fraction: 1 }, 1, cut), { kind: 'fraction', fraction: 1 });
  });
});
