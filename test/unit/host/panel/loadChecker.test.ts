import assert from 'node:assert/strict';
import { SploraError } from '../../../../src/core/errors';
import { LoadChecker } from '../../../../src/host/panel/loadChecker';
import type { CheckResult } from '../../../../src/protocol/engineApi';
import { goodCheck } from '../../../webview/mockChecks';
import { say } from '../../../../src/core/message';

function setUp() {
  const seen: string[] = [];
  const waiting: PromiseWithResolvers<CheckResult>[] = [];
  const signals: AbortSignal[] = [];
  const world = { ground: 'a', watchers: 0, changed: (): void => undefined };
  const checker = new LoadChecker({
    check: (signal) => {
      signals.push(signal);
      const asked = withResolvers();
      waiting.push(asked);
      return asked.promise;
    },
    watch: (onChange) => {
      world.watchers += 1;
      world.changed = onChange;
      return { dispose: () => (world.watchers -= 1) };
    },
    ground: () => world.ground,
    translate: (english) => english,
    onChange: () => {
      const { state } = checker;
      seen.push(state?.kind === 'done' && state.outdated ? 'outdated' : String(state?.kind));
    },
  });
  return { checker, seen, waiting, signals, world };
}

interface PromiseWithResolvers<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: Error) => void;
}

function withResolvers(): PromiseWithResolvers<CheckResult> {
  let settle: Omit<PromiseWithResolvers<CheckResult>, 'promise'> = {
    resolve: () => undefined,
    reject: () => undefined,
  };
  const promise = new Promise<CheckResult>((resolve, reject) => (settle = { resolve, reject }));
  return { promise, ...settle };
}

describe('LoadChecker', () => {
  it('asks only when told to, and once at a time', async () => {
    const { checker, seen, waiting, world } = setUp();
    checker.compare();
    checker.outdate();
    assert.deepEqual([checker.state, waiting.length, world.watchers], [null, 0, 0]);
    const asked = checker.ask();
    await checker.ask();
    assert.equal(waiting.length, 1);
    waiting[0]?.resolve(goodCheck());
    await asked;
    assert.deepEqual(seen, ['running', 'done']);
  });

  it('is out of date when the store or a file has changed, until asked again', async () => {
    const { checker, seen, waiting, world } = setUp();
    const ask = async (): Promise<void> => {
      const asked = checker.ask();
      waiting.pop()?.resolve(goodCheck());
      await asked;
    };
    await ask();
    checker.compare();
    world.ground = 'b';
    checker.compare();
    checker.compare();
    await ask();
    world.changed();
    world.changed();
    assert.deepEqual(seen, ['running', 'done', 'outdated', 'running', 'done', 'outdated']);
    assert.equal(world.watchers, 1);
    checker.dispose();
    assert.equal(world.watchers, 0);
  });

  it('is out of date at once when something changes while the engine looks', async () => {
    for (const change of ['ground', 'file'] as const) {
      const { checker, seen, waiting, world } = setUp();
      const asked = checker.ask();
      if (change === 'ground') world.ground = 'b';
      else world.changed();
      waiting[0]?.resolve(goodCheck());
      await asked;
      assert.deepEqual(seen, ['running', 'outdated'], change);
    }
  });

  it('keeps a failure as a state, and can be asked again', async () => {
    const { checker, seen, waiting } = setUp();
    const [message, advice] = ['gone', 'look elsewhere'] as const;
    const error = { code: 'not-found', message: say(message), advice: say(advice) } as const;
    const asked = checker.ask();
    waiting[0]?.reject(new SploraError(error));
    await asked;
    assert.deepEqual(checker.state, { kind: 'failed', error: { code: 'not-found', message, advice } });
    const again = checker.ask();
    waiting[1]?.resolve(goodCheck());
    await again;
    assert.deepEqual(seen, ['running', 'failed', 'running', 'done']);
  });

  it('stops the engine when its panel closes, and says nothing more', async () => {
    const { checker, seen, waiting, signals } = setUp();
    const asked = checker.ask();
    checker.dispose();
    assert.equal(signals[0]?.aborted, true);
    waiting[0]?.reject(new Error('cancelled'));
    await asked;
    assert.deepEqual(seen, ['running']);
  });
});
