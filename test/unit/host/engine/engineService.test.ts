import assert from 'node:assert/strict';
import { SploraError } from '../../../../src/core/errors';
import type { Engine } from '../../../../src/engine/client';
import { EngineService } from '../../../../src/host/engine/engineService';
import { collectingLog } from '../../../support/log';
import { say } from '../../../../src/core/message';

interface Fake {
  readonly engine: Engine;
  disposed: number;
}

function setUp(
  answer: () => Promise<unknown>,
  idleMs = 1e6,
): { service: EngineService; started: Fake[]; lines: string[] } {
  const started: Fake[] = [];
  const { log, lines } = collectingLog();
  const start = (): Engine => {
    const fake: Fake = {
      disposed: 0,
      engine: {
        pid: 1,
        call: () => answer() as never,
        dispose: () => {
          fake.disposed += 1;
          return Promise.resolve();
        },
      },
    };
    started.push(fake);
    return fake.engine;
  };
  return { service: new EngineService({ start, idleMs: () => idleMs, log }), started, lines };
}

const inspect = (service: EngineService): Promise<unknown> => service.call('inspect', { path: '/a' });
const failing = (code: 'engine-crashed' | 'io') => () =>
  Promise.reject(new SploraError({ code, message: say('gone') }));

describe('the life of the engine', () => {
  it('begins with the first call, and serves the next ones', async () => {
    const { service, started } = setUp(() => Promise.resolve('answer'));
    assert.equal(service.isRunning, false);
    assert.equal(await inspect(service), 'answer');
    await inspect(service);
    assert.equal(started.length, 1);
    service.dispose();
    assert.equal(started[0]?.disposed, 1);
  });

  for (const code of ['engine-crashed', 'io'] as const)
    it(`goes on after an error, of which the caller hears: ${code}`, async () => {
      const { service, started } = setUp(failing(code));
      await assert.rejects(inspect(service), SploraError);
      assert.equal(service.isRunning, true);
      await assert.rejects(inspect(service), SploraError);
      assert.equal(started.length, 1);
      service.dispose();
    });

  it('ends after the grace period, and not while work is under way', async () => {
    const pending: ((value: unknown) => void)[] = [];
    const { service, started } = setUp(() => new Promise((resolve) => pending.push(resolve)), 0);
    const disposals = (): number[] => started.map(({ disposed }) => disposed);
    const first = inspect(service);
    const second = inspect(service);
    pending[0]?.(1);
    await first;
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(disposals(), [0]);
    pending[1]?.(2);
    await second;
    while (disposals()[0] === 0) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(disposals(), [1]);
  });

  it('starts nothing for a call that was cancelled before, or after the end', async () => {
    const { service, started } = setUp(() => Promise.resolve());
    const signal = AbortSignal.abort();
    await assert.rejects(service.call('inspect', { path: '/a' }, { signal }), /Cancelled/);
    service.dispose();
    await assert.rejects(inspect(service), /Cancelled/);
    assert.equal(started.length, 0);
  });
});
