import assert from 'node:assert/strict';
import { say } from '../../../../src/core/message';
import { BehaviorNews } from '../../../../src/host/behavior/behaviorNews';
import { Measurements } from '../../../../src/host/behavior/measurements';
import { evaluationOf } from '../../../support/measuredSample';

const ADAPTER = '/runs/a/adapter_model.safetensors';
const document = evaluationOf(ADAPTER);

describe('what the panel hears of a measurement', () => {
  it('is empty without a measurement', async () => {
    const news = await new BehaviorNews().news(undefined, new Measurements().get(ADAPTER), String);
    assert.deepEqual(news, []);
  });

  it('is each prompt once, and again when it has more answers', async () => {
    const measurements = new Measurements();
    const news = new BehaviorNews();
    const take = async () =>
      (await news.news(undefined, measurements.get(ADAPTER), String)).map((one) =>
        one.type === 'behavior' ? [one.restart, one.prompts.map(({ id }) => id)] : one.run.kind,
      );
    const { variants } = document;
    const [first, second] = document.rows;
    assert.ok(first !== undefined && second !== undefined);
    const abort = measurements.begin(ADAPTER, { variants, rows: [] });
    assert.deepEqual(await take(), [[false, []], 'running']);
    measurements.update(ADAPTER, abort, { partial: { variants, rows: [first] } });
    assert.deepEqual(await take(), [[false, ['harmful-0']]]);
    measurements.update(ADAPTER, abort, { partial: { variants, rows: [first, second] } });
    assert.deepEqual(await take(), [[false, ['harmful-1']]]);
    measurements.update(ADAPTER, abort, { partial: { variants, rows: [{ ...first }, second] } });
    assert.deepEqual(await take(), [[false, ['harmful-0']]]);
    assert.deepEqual(await take(), []);
    measurements.end(ADAPTER, abort, { run: { kind: 'canceled', done: 2, total: 9 } });
    assert.deepEqual(await take(), ['canceled']);
    measurements.begin(ADAPTER, { variants, rows: [] });
    assert.deepEqual(await take(), [[true, []], 'running'], 'a new run starts over');
  });

  it('is the finished result rather than an unfinished one, and when files change', async () => {
    const measurements = new Measurements();
    const news = new BehaviorNews();
    const take = async (stale: string | null) =>
      (await news.news({ document, stale }, measurements.get(ADAPTER), String)).map((one) => ({
        type: one.type,
        ...(one.type === 'behavior' ? { prompts: one.prompts.length, stale: one.stale } : {}),
      }));
    assert.deepEqual(await take(null), [{ type: 'behavior', prompts: document.rows.length, stale: null }]);
    measurements.begin(ADAPTER, { variants: document.variants, rows: [] });
    assert.deepEqual(await take(null), [{ type: 'measuring' }]);
    assert.deepEqual(await take('task.jsonl changed'), [
      { type: 'behavior', prompts: 0, stale: 'task.jsonl changed' },
    ]);
  });

  it('translates errors and notes', async () => {
    const measurements = new Measurements();
    const abort = measurements.begin(ADAPTER, { variants: [], rows: [] });
    measurements.end(ADAPTER, abort, {
      run: { kind: 'failed', error: { code: 'io', message: say('gone') } },
    });
    const notes = [say('a note')];
    const translate = (text: string): string => `übersetzt: ${text}`;
    const sent = await new BehaviorNews().news(
      { document: { ...document, notes }, stale: null },
      measurements.get(ADAPTER),
      translate,
    );
    const [behavior, run] = sent;
    assert.ok(behavior?.type === 'behavior' && run?.type === 'measuring' && run.run.kind === 'failed');
    assert.deepEqual(behavior.behavior?.notes, ['übersetzt: a note']);
    assert.equal(run.run.error.message, 'übersetzt: gone');
  });
});

describe('measurements', () => {
  it('of one adapter end the one before, which then changes nothing', () => {
    const measurements = new Measurements();
    const changed: string[] = [];
    measurements.onDidChange((adapter) => changed.push(adapter));
    const first = measurements.begin(ADAPTER, { variants: [], rows: [] });
    const second = measurements.begin(ADAPTER, { variants: [], rows: [] });
    assert.equal(first.signal.aborted, true);
    measurements.end(ADAPTER, first, { run: { kind: 'idle' } });
    assert.equal(measurements.get(ADAPTER).run.kind, 'running');
    assert.deepEqual(measurements.running, [ADAPTER]);
    assert.equal(measurements.cancel('/other'), 0);
    assert.equal(measurements.cancel(ADAPTER), 1);
    assert.equal(second.signal.aborted, true);
    measurements.end(ADAPTER, second, { run: { kind: 'canceled', done: 1, total: 2 } });
    assert.deepEqual(measurements.running, []);
    assert.deepEqual(changed, [ADAPTER, ADAPTER, ADAPTER]);
    const third = measurements.begin(ADAPTER, { variants: [], rows: [] });
    measurements.forget(ADAPTER);
    assert.equal(third.signal.aborted, true);
    measurements.end(ADAPTER, third, { run: { kind: 'canceled', done: 1, total: 2 } });
    assert.equal(measurements.get(ADAPTER).run.kind, 'idle', 'what was cleared does not come back');
  });
});
