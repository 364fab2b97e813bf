import assert from 'node:assert/strict';
import { Emitter } from '../../../../src/host/state/emitter';

describe('Emitter', () => {
  it('tells every listener, each as often as it subscribed', () => {
    const emitter = new Emitter<number>();
    const heard: string[] = [];
    const listener = (value: number): void => void heard.push(`a${String(value)}`);
    emitter.event(listener);
    const second = emitter.event(listener);
    emitter.fire(1);
    second.dispose();
    emitter.fire(2);
    assert.deepEqual(heard, ['a1', 'a1', 'a2']);
  });

  it('lets a listener leave, and another come, while it tells', () => {
    const emitter = new Emitter<void>();
    const heard: string[] = [];
    const first = emitter.event(() => {
      heard.push('first');
      first.dispose();
      emitter.event(() => heard.push('late'));
    });
    emitter.event(() => heard.push('second'));
    emitter.fire();
    assert.deepEqual(heard, ['first', 'second']);
    emitter.fire();
    assert.deepEqual(heard, ['first', 'second', 'second', 'late']);
  });

  it('is silent once disposed', () => {
    const emitter = new Emitter<void>();
    emitter.event(() => assert.fail('heard'));
    emitter.dispose();
    emitter.fire();
  });
});
