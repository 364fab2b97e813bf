import assert from 'node:assert/strict';
import { ANALYZE_AGAIN, modelManner } from '../../../../src/host/commands/modelManner';

describe('who answers questions about models', () => {
  const uri = { scheme: 'file', fsPath: '/a/adapter_model.safetensors' };

  it('is nobody where a program calls', () => {
    assert.equal(modelManner([uri]), 'tell');
    assert.equal(modelManner(['/a', { force: true }]), 'tell');
    assert.equal(modelManner(['/a', { models: 'other' }]), 'tell');
  });

  it('is a person at a menu, the palette, or a button that says so', () => {
    assert.equal(modelManner([]), 'ask');
    assert.equal(modelManner([uri, []]), 'ask');
    assert.equal(modelManner([uri, [uri]]), 'ask');
    assert.equal(modelManner(['/a', ANALYZE_AGAIN]), 'ask');
  });
});
