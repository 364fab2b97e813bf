import assert from 'node:assert/strict';
import { isWhollyValid, parseSetting } from '../../../src/host/settingDefinitions';

describe('settings', () => {
  it('takes what is valid', () => {
    assert.equal(parseSetting('rule.top', 3), 3);
    assert.equal(parseSetting('engine.executionProvider', 'cuda'), 'cuda');
    assert.equal(parseSetting('prune.bakeScale', true), true);
    const pairs = { run: { base: 'b', aligned: 'a' } };
    assert.deepEqual(parseSetting('models.byAdapter', pairs), pairs);
  });

  it('drops everything else', () => {
    for (const value of [0, 1.5, NaN, Infinity, '3', null])
      assert.equal(parseSetting('rule.top', value), undefined);
    for (const value of [-0.1, 1.1, NaN]) assert.equal(parseSetting('rule.fraction', value), undefined);
    assert.equal(parseSetting('rule.threshold', Infinity), undefined);
    assert.equal(parseSetting('engine.executionProvider', 'tpu'), undefined);
    assert.equal(parseSetting('prune.bakeScale', 'yes'), undefined);
    assert.equal(parseSetting('models.folders', ['a', 1]), undefined);
    for (const value of [[], null, 'run']) assert.equal(parseSetting('models.byAdapter', value), undefined);
  });

  it('drops one bad entry of a list of models, and keeps the others', () => {
    const good = { run: { base: 'b', aligned: 'a' }, ['__proto__']: { base: 'c', aligned: 'd' } };
    for (const bad of [
      null,
      'b',
      [],
      { base: 'b' },
      { base: 1, aligned: 'a' },
      { base: 'b', alinged: 'a' },
    ]) {
      const value = { ...good, bad };
      assert.deepEqual(Object.entries(parseSetting('models.byAdapter', value) ?? {}), Object.entries(good));
      assert.equal(isWhollyValid('models.byAdapter', value), false);
    }
    assert.equal(isWhollyValid('models.byAdapter', good), true);
  });
});
