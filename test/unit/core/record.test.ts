import assert from 'node:assert/strict';
import { isRecord } from '../../../src/core/record';

describe('isRecord', () => {
  it('takes objects with fields only', () => {
    for (const value of [{}, { a: 1 }, Object.create(null)]) assert.equal(isRecord(value), true);
    for (const value of [null, undefined, [], 'text', 1, true]) assert.equal(isRecord(value), false);
  });
});
