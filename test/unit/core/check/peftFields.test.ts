import assert from 'node:assert/strict';
import { peftKnowsSince, PEFT_OLDEST } from '../../../../src/core/check/peftFields';

describe('peftKnowsSince', () => {
  it('knows old fields, new fields, and what is none', () => {
    assert.equal(peftKnowsSince('alpha_pattern'), PEFT_OLDEST);
    assert.equal(peftKnowsSince('exclude_modules'), 14);
    assert.equal(peftKnowsSince('target_parameters'), 17);
    assert.equal(peftKnowsSince('__proto__'), undefined);
  });
});
