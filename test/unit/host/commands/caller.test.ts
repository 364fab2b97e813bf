import assert from 'node:assert/strict';
import { ANALYZE_AGAIN, callerOf } from '../../../../src/host/commands/caller';

describe('the caller of a command', () => {
  const uri = { scheme: 'file', fsPath: '/a/adapter_model.safetensors' };

  it('is a program that gives a place or options', () => {
    assert.equal(callerOf([uri]), 'program');
    assert.equal(callerOf(['/a', { force: true }]), 'program');
    assert.equal(callerOf(['/a', { models: 'other' }]), 'program');
  });

  it('is a person at a menu, the palette, or a button that says so', () => {
    assert.equal(callerOf([]), 'person');
    assert.equal(callerOf([uri, []]), 'person');
    assert.equal(callerOf([uri, [uri]]), 'person');
    assert.equal(callerOf(['/a', ANALYZE_AGAIN]), 'person');
  });
});
