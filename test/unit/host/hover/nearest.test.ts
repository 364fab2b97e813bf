import assert from 'node:assert/strict';
import { byNearness } from '../../../../src/host/hover/nearest';

const ADAPTERS = [
  '/ws/run1/adapter_model.safetensors',
  '/ws/run2/adapter_model.safetensors',
  '/x/adapter_model.safetensors',
];
const [RUN1, RUN2, ELSEWHERE] = ADAPTERS;

describe('nearest adapter', () => {
  it('is the one in the same folder, whichever is active', () => {
    assert.equal(byNearness('/ws/run2/README.md', ADAPTERS, RUN1)[0], RUN2);
  });
  it('is the one in the folder around, or below', () => {
    assert.equal(byNearness('/ws/run2/logs/train.log', ADAPTERS, RUN1)[0], RUN2);
    assert.equal(byNearness('/x.md', ADAPTERS, RUN1)[0], ELSEWHERE);
  });
  it('is the active one among those as near', () => {
    assert.equal(byNearness('/ws/notes.md', ADAPTERS, RUN2)[0], RUN2);
    assert.equal(byNearness('/ws/notes.md', ADAPTERS, undefined)[0], RUN1);
  });
  it('is the active one for an untitled document', () => {
    assert.equal(byNearness(undefined, ADAPTERS, ELSEWHERE)[0], ELSEWHERE);
  });
  it('keeps all as second choices, and knows Windows paths', () => {
    assert.equal(byNearness('/ws/notes.md', ADAPTERS, undefined).length, 3);
    assert.equal(byNearness('C:\\b\\c\\notes.md', ['C:\\a\\f', 'C:\\b\\f'], undefined)[0], 'C:\\b\\f');
  });
});
