import assert from 'node:assert/strict';
import { Disposable } from '../../../src/host/disposable';

class Owner extends Disposable {
  own(log: string[], name: string): void {
    this._register({ dispose: () => log.push(name) });
  }
}

describe('Disposable', () => {
  it('lets go of what it owns, last first and once', () => {
    const log: string[] = [];
    const owner = new Owner();
    owner.own(log, 'first');
    owner.own(log, 'second');
    owner.dispose();
    owner.dispose();
    assert.deepEqual(log, ['second', 'first']);
  });

  it('disposes at once of what comes after the end', () => {
    const log: string[] = [];
    const owner = new Owner();
    owner.dispose();
    owner.own(log, 'late');
    assert.deepEqual(log, ['late']);
  });
});
