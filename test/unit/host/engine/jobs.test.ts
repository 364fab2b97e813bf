import assert from 'node:assert/strict';
import { SploraError } from '../../../../src/core/errors';
import { Jobs } from '../../../../src/host/engine/jobs';
import { rejection } from '../../../support/rejection';
import { verbatim } from '../../../../src/core/message';

/** Jobs that end when they are told to, or are cancelled; what became of each, in order. */
function setUp() {
  const events: string[] = [];
  const ends = new Map<string, () => void>();
  const jobs = new Jobs<string>((key) => events.push(`${key} replaced`));
  const start = (question: string, batch?: AbortController, key = 'adapter'): Promise<string> => {
    const work = (abort: AbortController): Promise<string> =>
      new Promise((resolve, reject) => {
        events.push(`${question} begins`);
        ends.set(question, () => resolve(question));
        abort.signal.addEventListener('abort', () => {
          events.push(`${question} ends`);
          reject(new SploraError({ code: 'cancelled', message: verbatim(question) }));
        });
      });
    return jobs.start(key, question, work, batch);
  };
  const end = (question: string): void => ends.get(question)?.();
  return { jobs, start, end, events };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('jobs under way', () => {
  it('are shared by callers with the same request', async () => {
    const { jobs, start, end, events } = setUp();
    const [first, second] = [start('a'), start('a')];
    assert.deepEqual(jobs.keys, ['adapter']);
    await turn();
    end('a');
    assert.deepEqual(await Promise.all([first, second]), ['a', 'a']);
    assert.deepEqual(events, ['a begins']);
    assert.deepEqual(jobs.keys, []);
  });

  it('end for a caller with another request, whose job starts only then, with a notice', async () => {
    const { jobs, start, end, events } = setUp();
    const first = rejection(start('wrong base'), 'cancelled');
    await turn();
    const second = start('right base');
    assert.deepEqual(jobs.keys, ['adapter']);
    await first;
    await turn();
    assert.deepEqual(jobs.keys, ['adapter'], 'the end of the first takes the second from no list');
    end('right base');
    assert.equal(await second, 'right base');
    assert.deepEqual(events, [
      'wrong base begins',
      'adapter replaced',
      'wrong base ends',
      'right base begins',
    ]);
  });

  it('never start if another request came meanwhile', async () => {
    const { start, end, events } = setUp();
    const first = rejection(start('a'), 'cancelled');
    await turn();
    const second = rejection(start('b'), 'cancelled');
    const third = start('c');
    await Promise.all([first, second]);
    await turn();
    end('c');
    assert.equal(await third, 'c');
    assert.ok(!events.includes('b begins'));
  });

  it('that were cancelled are not joined', async () => {
    const { jobs, start, end } = setUp();
    const first = rejection(start('a'), 'cancelled');
    await turn();
    assert.equal(jobs.cancel('other'), 0);
    assert.equal(jobs.cancel(), 1);
    const again = start('a');
    await first;
    await turn();
    end('a');
    assert.equal(await again, 'a');
  });

  it('end with the batch that began them, and go on without one that joined', async () => {
    const { start, end } = setUp();
    const [own, other] = [new AbortController(), new AbortController()];
    const first = start('a', own);
    const second = rejection(start('a', other), 'cancelled');
    await turn();
    other.abort();
    await second;
    await rejection(start('a', other), 'cancelled');
    end('a');
    assert.equal(await first, 'a');
    const third = rejection(start('b', own), 'cancelled');
    await turn();
    own.abort();
    await third;
    await rejection(start('c', own), 'cancelled');
  });

  it('continue for callers that joined when the batch that started them ends, and end with the last', async () => {
    const { jobs, start, end, events } = setUp();
    const [own, other, third] = [new AbortController(), new AbortController(), new AbortController()];
    const first = rejection(start('a', own), 'cancelled');
    const second = start('a', other);
    await turn();
    own.abort();
    await first;
    assert.deepEqual(events, ['a begins']);
    end('a');
    assert.equal(await second, 'a');
    const all = [own, third].map((batch) => rejection(start('b', batch), 'cancelled'));
    const last = rejection(start('b', other), 'cancelled');
    await turn();
    third.abort();
    assert.deepEqual(jobs.keys, ['adapter']);
    other.abort();
    await Promise.all([...all, last]);
    await turn();
    assert.deepEqual(jobs.keys, []);
    assert.deepEqual(events, ['a begins', 'b begins', 'b ends']);
  });

  it('go on for one who waits alone, whatever batch began them', async () => {
    const { start, end } = setUp();
    const batch = new AbortController();
    const first = rejection(start('a', batch), 'cancelled');
    const alone = start('a');
    await turn();
    batch.abort();
    await first;
    end('a');
    assert.equal(await alone, 'a');
  });

  it('end the batch that waits for them when they are cancelled, but not when they are replaced', async () => {
    const { jobs, start, end } = setUp();
    await jobs.batch(async (batch) => {
      const first = rejection(start('a', batch), 'cancelled');
      await turn();
      const instead = start('b');
      await first;
      await turn();
      const joining = rejection(start('b', batch), 'cancelled');
      const unrelated = start('c', undefined, 'other');
      await turn();
      assert.equal(jobs.cancel('other'), 1);
      await rejection(unrelated, 'cancelled');
      assert.ok(!batch.signal.aborted);
      assert.equal(jobs.cancel('adapter'), 1);
      assert.ok(batch.signal.aborted);
      await joining;
      await rejection(instead, 'cancelled');
      end('b');
    });
  });

  it('are not begun by a batch that has ended, and take nothing from others', async () => {
    const { start, end, events } = setUp();
    const running = start('a');
    await turn();
    const batch = new AbortController();
    batch.abort();
    await rejection(start('b', batch), 'cancelled');
    end('a');
    assert.equal(await running, 'a');
    assert.deepEqual(events, ['a begins']);
  });

  it('between the jobs of a batch are ended with all others', async () => {
    const { jobs } = setUp();
    const ended = await jobs.batch(async (batch) => {
      assert.equal(jobs.cancel('adapter'), 0);
      assert.ok(!batch.signal.aborted);
      assert.equal(jobs.cancel(), 0);
      return Promise.resolve(batch);
    });
    assert.ok(ended.signal.aborted);
    const later = await jobs.batch((batch) => Promise.resolve(batch));
    jobs.cancel();
    assert.ok(!later.signal.aborted, 'it has ended');
  });

  it('with another question can be ended alone', async () => {
    const { jobs, start, end } = setUp();
    const first = start('a');
    await turn();
    jobs.stopOther('adapter', 'a');
    end('a');
    assert.equal(await first, 'a');
    const second = rejection(start('b'), 'cancelled');
    await turn();
    jobs.stopOther('adapter', 'a');
    await second;
  });
});
