import assert from 'node:assert/strict';
import { withEngine, type EngineSession } from '../../../src/cli/engineSession';
import { SploraError } from '../../../src/core/errors';

describe('withEngine', () => {
  it('cancels on SIGINT, reports it however the call ended, and removes its listeners', async () => {
    const before = process.listenerCount('SIGINT');
    const work = ({ signal }: EngineSession): Promise<never> =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('the engine died of the same Ctrl+C')));
        process.emit('SIGINT');
      });
    await assert.rejects(
      withEngine(work),
      (error) => error instanceof SploraError && error.data.code === 'cancelled',
    );
    assert.equal(process.listenerCount('SIGINT'), before);
  });
});
