import assert from 'node:assert/strict';
import { checkSelection, withEngine, type EngineSession } from '../../../src/cli/engineSession';
import { selectionOf } from '../../../src/cli/flags';
import { SploraError } from '../../../src/core/errors';

describe('withEngine', () => {
  it('cancels on SIGINT, says so whatever the call ended with, and takes its listeners back', async () => {
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

describe('checkSelection', () => {
  const sessionOf = (modules: readonly string[] | null): EngineSession => ({
    signal: new AbortController().signal,
    engine: {
      pid: undefined,
      call: () => {
        if (modules === null) throw new Error('the engine was asked');
        return Promise.resolve({
          path: '/a.safetensors',
          adapter: {
            modules: modules.map((module) => ({ module })),
            replacements: [{ module: 'head.weight' }],
          },
        } as never);
      },
      dispose: () => Promise.resolve(),
    },
  });

  it('refuses an impossible rule without asking the engine', async () => {
    await assert.rejects(checkSelection(sessionOf(null), 'a', selectionOf({ fraction: 2 })), SploraError);
    await checkSelection(sessionOf(null), 'a', selectionOf({ top: 3 }));
  });
  it('looks pins up in the adapter', async () => {
    await checkSelection(sessionOf(['q']), 'a', selectionOf({ pinKeep: ['q'], pinPrune: ['head.weight'] }));
    await assert.rejects(checkSelection(sessionOf(['q']), 'a', selectionOf({ pinPrune: ['v'] })), (error) => {
      assert.ok(error instanceof SploraError);
      assert.match(error.message, /"v"/);
      assert.equal(error.data.file, '/a.safetensors');
      return true;
    });
  });
});
