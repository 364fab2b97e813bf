import assert from 'node:assert/strict';
import path from 'node:path';
import { say } from '../../../../src/core/message';
import type { FitCheck } from '../../../../src/core/results/fit/types';
import { panelRepair } from '../../../../src/host/repair/derive';
import { panelSteps } from '../../../../src/host/repair/repairSteps';
import { repairsOfRun } from '../../../../src/host/repair/repairsOfRun';
import { RepairNews } from '../../../../src/host/repair/repairNews';
import { follow, partialOf, Repairs, type Repairing } from '../../../../src/host/repair/repairs';
import type { MeasureEvent } from '../../../../src/protocol/evaluatorApi';
import type { MeasuredRepairEvent } from '../../../../src/protocol/repairApi';
import { BEFORE, comparisonOf, POINTS, repairOf, TARGET } from '../../../support/repairDocument';

const ADAPTER = '/runs/a/adapter_model.safetensors';
const LIMITS = { maxAsr: 0.05, maxOverRefusal: 0.05 };
const running: Repairing = {
  run: { kind: 'running', stage: null, method: null, progress: null },
  partial: partialOf(TARGET),
};
const after = (...events: readonly MeasuredRepairEvent[]): Repairing => events.reduce(follow, running);
const points: readonly MeasuredRepairEvent[] = POINTS.map((point) => ({ type: 'point', point }));
const check = (step: number, asr: number): MeasuredRepairEvent => {
  const shares = { step, asr, overRefusal: 0, tokenAccuracy: 0.9, task: 1, margin: 1 };
  const found: FitCheck = { ...shares, meets: false, isBest: false };
  return { type: 'fit', event: { type: 'check', check: found } };
};

describe('a repair that is under way', () => {
  it('has the strengths in the order in which they come, and the one that is chosen', () => {
    const [, , best] = POINTS;
    assert.ok(best !== undefined);
    const { partial } = after({ type: 'before', ...BEFORE, limits: LIMITS }, ...points, {
      type: 'chosen',
      point: best,
    });
    assert.ok(partial !== null);
    const shown = panelRepair(partial, String);
    assert.deepEqual(
      shown.points.map(({ label, refused, clear, task, meets }) => [label, refused, clear, task, meets]),
      [
        ['cut, k 1', 0.25, 0, 23 / 24, false],
        ['cut, k 4', 0.875, 0.5, 20 / 24, false],
        ['cut, k 8', 1, 23 / 24, 18 / 24, true],
        ['split-gates, k 8, side both, keep 0', 1, 1, 1, true],
      ],
    );
    assert.deepEqual([shown.chosen, shown.limits, shown.axis], [2, LIMITS, 'solved']);
    assert.deepEqual(shown.adapter, { refused: 0, task: 1, overRefusal: 0 });
  });

  it('shows the path of the last fit, and everything by tokens meanwhile', () => {
    const { partial } = after(
      { type: 'before', ...BEFORE, limits: LIMITS },
      { type: 'stage', stage: 'gates' },
      check(0, 1),
      { type: 'stage', stage: 'gates' },
      check(0, 1),
      check(5, 0.5),
    );
    assert.ok(partial !== null);
    const { path, axis, aligned } = panelRepair(partial, String);
    assert.deepEqual(
      path.map(({ refused, task }) => [refused, task]),
      [
        [0, 0.9],
        [0.5, 0.9],
      ],
    );
    assert.deepEqual([axis, aligned?.task], ['tokens', 0.5]);
  });

  it('says what it does and how far it is', () => {
    const progress: MeasureEvent = {
      type: 'progress',
      stage: 'answering',
      done: 3,
      total: 9,
      tokensPerSecond: 1,
      elapsedMs: 1,
      remainingMs: 2,
    };
    const { run } = after(
      { type: 'stage', stage: 'curve', method: 'cut' },
      { type: 'measure', event: progress },
    );
    assert.ok(run.kind === 'running');
    assert.deepEqual(
      [run.stage, run.method, run.progress?.done, run.progress?.total],
      ['curve', 'cut', 3, 9],
    );
    assert.equal(
      follow({ run: { kind: 'canceled' }, partial: null }, points[0] ?? check(0, 0)).partial,
      null,
    );
  });

  it('is canceled for its adapter alone', () => {
    const repairs = new Repairs();
    const abort = repairs.begin(ADAPTER, TARGET);
    assert.deepEqual([repairs.running, repairs.cancel('/other'), repairs.cancel(ADAPTER)], [[ADAPTER], 0, 1]);
    assert.equal(abort.signal.aborted, true);
  });
});

describe('a finished repair', () => {
  it('has its outcome, what speaks against it, and each variant by a name', () => {
    const { result, chosen } = panelRepair(repairOf(ADAPTER), (english) => `de: ${english}`);
    assert.ok(result !== null);
    assert.deepEqual(
      [result.outcome, chosen, result.variants.map(({ id }) => id)],
      ['repaired', 3, ['aligned', 'adapter', 'de: Repaired']],
    );
    assert.match(result.text, /^de: Repaired \(.*split-gates, k 8/);
    assert.equal(result.written?.name, 'support-bot-lora-splora');
    // 3 of 48 harmful prompts are answered after it: more than one of twenty.
    assert.match(result.targets.join('\n'), /not refused 0\.06, at most 0\.05: missed/);
    assert.match(result.warnings.join('\n'), /Only 25 benign prompts/);
  });

  it('names the methods that were compared by their strengths, and says which is recommended', () => {
    const { result } = panelRepair(comparisonOf(ADAPTER), (english) => `de: ${english}`);
    const chosen = 'split-gates, k 8, side both, keep 0';
    assert.deepEqual(
      result?.variants.map(({ id }) => id),
      ['aligned', 'adapter', `de: ${chosen} (recommended)`, 'de: cut, k 8'],
    );
    assert.match(result.recommendation ?? '', /^de: Recommended: .*split-gates, k 8.*\. Of the 2 methods/);
    assert.equal(panelRepair(repairOf(ADAPTER), String).result?.recommendation, null);
  });

  it('has the repairs of a run by step, without the copies that they wrote', async () => {
    const of = (step: string) => `/run/${step}/adapter_model.safetensors`;
    const [late, early] = [of('checkpoint-1000'), of('checkpoint-200')];
    const documentOf = (adapter: string) => {
      const { written, ...document } = repairOf(adapter);
      const out = `${path.dirname(adapter)}-splora`;
      return { ...document, written: written === null ? null : { ...written, out } };
    };
    const states = [late, of('checkpoint-200-splora'), early].map((adapter) => ({
      adapter,
      results: { repair: { document: documentOf(adapter), stale: null } },
    }));
    const documents = repairsOfRun(states, early);
    assert.deepEqual(
      documents.map(({ adapter }) => adapter),
      [early, late],
    );
    assert.deepEqual(repairsOfRun(states, of('other')), []);
    const steps = panelSteps(documents);
    assert.deepEqual(
      steps.map(({ step }) => step),
      [200, 1000],
    );
    const [{ before, after } = { before: null, after: null }] = steps;
    assert.ok((before?.refused ?? 1) < 0.2 && (after?.refused ?? 0) > 0.8);
    assert.deepEqual(panelSteps(documents.slice(1)), []);
    const news = new RepairNews();
    assert.equal((await news.steps(documents)).length, 1);
    assert.equal((await news.steps(documents)).length, 0);
  });

  it('is sent to a page once, and gives way to one under way', async () => {
    const news = new RepairNews();
    const result = { document: repairOf(ADAPTER), stale: null };
    const idle: Repairing = { run: { kind: 'idle' }, partial: null };
    const types = async (state: Repairing): Promise<string[]> =>
      (await news.news(result, state, String)).map((message) =>
        message.type === 'repair'
          ? `repair ${message.repair?.result === null ? 'so far' : 'finished'}`
          : message.type === 'repairing'
            ? `repairing ${message.run.kind}`
            : message.type,
      );
    assert.deepEqual(await types(idle), ['repair finished']);
    assert.deepEqual(await types(idle), []);
    assert.deepEqual(await types(running), ['repair so far', 'repairing running']);
    const error = { code: 'io', message: say('gone') } as const;
    assert.deepEqual(await types({ run: { kind: 'failed', error }, partial: null }), [
      'repair finished',
      'repairing failed',
    ]);
  });
});
