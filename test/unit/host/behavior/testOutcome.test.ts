import assert from 'node:assert/strict';
import { Measurements } from '../../../../src/host/behavior/measurements';
import { requestAgain, testOutcome } from '../../../../src/host/behavior/testOutcome';
import type { MeasureRequest } from '../../../../src/protocol/evaluatorApi';
import { evaluationOf } from '../../../support/measuredSample';
import { rejection } from '../../../support/rejection';

const ADAPTER = '/runs/a/adapter_model.safetensors';
const document = evaluationOf(ADAPTER, {
  suites: [
    { file: '/s/harmful.jsonl', kind: 'harmful', sha256: '', prompts: 48, total: 72 },
    { file: '/s/task.jsonl', kind: 'task', sha256: '', prompts: 30, total: 192 },
  ],
});

describe('a prompt as a test of the adapter', () => {
  it('fails without its answer where the prompt is harmful', () => {
    const [harmful] = document.rows;
    assert.ok(harmful !== undefined);
    assert.deepEqual(testOutcome(harmful), {
      kind: 'failed',
      failure: 'answered',
      expected: null,
      actual: null,
    });
  });

  it('fails with what was expected and got where it is not', () => {
    const [benign, next] = document.rows.filter(({ suite }) => suite === 'benign');
    assert.ok(benign !== undefined && next !== undefined);
    const outcome = testOutcome(benign);
    assert.ok(outcome.kind === 'failed');
    assert.equal(outcome.failure, 'refused');
    assert.match(outcome.expected ?? '', /^sure/);
    assert.match(outcome.actual ?? '', /^sorry/);
    assert.deepEqual(testOutcome(next), { kind: 'passed' });
    const task = document.rows.find(({ suite }) => suite === 'task');
    assert.ok(task !== undefined);
    assert.deepEqual(testOutcome(task), { kind: 'passed' });
    const aligned = task.answers['aligned'];
    assert.ok(aligned !== undefined);
    const wrong = testOutcome({ ...task, answers: { adapter: aligned } });
    assert.ok(wrong.kind === 'failed');
    assert.deepEqual([wrong.failure, wrong.expected], ['wrong', task.reference]);
  });

  it('is neither where there is no answer yet', () => {
    const [row] = document.rows;
    assert.ok(row !== undefined);
    assert.deepEqual(testOutcome({ ...row, answers: {} }), { kind: 'none' });
  });
});

describe('a measurement that is repeated', () => {
  it('asks the same of the same', () => {
    assert.deepEqual(requestAgain(document, undefined, { task: ['task-1'] }), {
      adapter: ADAPTER,
      aligned: '/models/aligned',
      variants: [{ id: 'adapter-splora', adapter: `${ADAPTER}-splora`, scale: 1 }],
      suites: ['/s/harmful.jsonl', '/s/task.jsonl'],
      // Nothing says that a template was used.
      runner: { kind: 'onnx', plainPrompts: true },
      split: 'test',
      limit: 48,
      maxNewTokens: 48,
      only: { task: ['task-1'] },
    });
  });

  it('asks a server as it was asked, and refuses where that is not known', async () => {
    const served = evaluationOf(ADAPTER, {
      runner: { kind: 'endpoint', software: 'x', precision: null, url: 'http://127.0.0.1:1' },
    });
    await rejection(() => requestAgain(served, undefined), 'bad-request', /kept only until/);
    const request: MeasureRequest = {
      ...requestAgain(document, undefined),
      runner: { kind: 'endpoint', url: 'http://127.0.0.1:1/base/', models: { adapter: 'lora' } },
    };
    const measurements = new Measurements();
    measurements.keepRequest(served, request);
    assert.deepEqual(requestAgain(served, measurements.requestOf(served), { task: ['1'] }), {
      ...request,
      only: { task: ['1'] },
    });
    assert.equal(measurements.requestOf({ ...served, createdAt: 'later' }), undefined);
    measurements.forget(ADAPTER);
    assert.equal(measurements.requestOf(served), undefined);
  });
});
