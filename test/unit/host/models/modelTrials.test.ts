import assert from 'node:assert/strict';
import * as path from 'node:path';
import { ModelTrials } from '../../../../src/host/models/modelTrials';

describe('models that were tried', () => {
  const pair = { base: '/base', aligned: '/chat' };

  it('are asked about again once the engine refused them, for that adapter', () => {
    const trials = new ModelTrials();
    trials.refused('/a/w', '/a', pair);
    assert.equal(trials.isRefused('/a/w', pair), true);
    assert.equal(trials.isRefused('/b/w', pair), false);
    assert.equal(trials.isRefused('/a/w', { ...pair, base: '/other' }), false);
    trials.proved('/a/w', '/a', pair);
    assert.equal(trials.isRefused('/a/w', pair), false);
  });

  it('are tried again once somebody chose them again', () => {
    const trials = new ModelTrials();
    const adapter = path.join(path.sep, 'a', 'w');
    trials.refused(adapter, path.dirname(adapter), pair);
    trials.kept(path.join(path.sep, 'b'));
    assert.equal(trials.isRefused(adapter, pair), true);
    trials.kept(path.dirname(adapter));
    assert.equal(trials.isRefused(adapter, pair), false);
  });

  it('are forgotten where they were chosen in this session and never held', () => {
    const trials = new ModelTrials();
    trials.kept('/a');
    assert.equal(trials.refused('/a/w', '/a', pair), true);
    assert.equal(trials.refused('/a/w', '/a', pair), false);
  });

  it('are not forgotten where they held once, or were not chosen here', () => {
    const trials = new ModelTrials();
    trials.kept('/a');
    trials.proved('/a/w', '/a', pair);
    assert.equal(trials.refused('/a/w', '/a', pair), false);
    assert.equal(trials.refused('/b/w', '/b', pair), false);
  });
});
