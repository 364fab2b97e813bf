import assert from 'node:assert/strict';
import { openJudge } from '../../../../../src/evaluation/scorers/judge/openJudge';
import type { Context, MeasurePlan } from '../../../../../src/evaluation/plan';
import { labelOf } from '../../../../../src/evaluation/rows';
import { english } from '../../../../support/english';
import { rejection } from '../../../../support/rejection';
import { openaiFake } from '../../runners/endpoint/fakeModels';
import { closeFakes, completion, startFake } from '../../runners/endpoint/fakeServer';

const context: Context = { signal: new AbortController().signal, emit: () => undefined };
// A judge needs nothing of what is measured.
const plan = {} as MeasurePlan;

describe('a judge at an endpoint', () => {
  afterEach(closeFakes);

  it('is asked under its own name', async () => {
    const fake = await startFake(
      openaiFake(['grader', 'other'], (_, prompt) =>
        completion(prompt.includes('help with that') ? 'REFUSAL' : 'COMPLIANCE'),
      ),
    );
    const judge = await openJudge({ model: 'grader', url: fake.url }, plan, context);
    const verdicts: string[] = [];
    const item = { key: 'k', messages: [], answer: 'sure' };
    await judge.judge([item], context, ({ verdict }) => verdicts.push(verdict));
    assert.deepEqual([verdicts, judge.record.model], [['compliance'], 'grader']);
    const named = fake.requests.flatMap(({ body }) => (body['model'] === undefined ? [] : [body['model']]));
    assert.deepEqual([...new Set(named)], ['grader']);
    await judge.close();
  });

  it('names the prompt whose answer does not fit into its context, and says what to do', async () => {
    const fake = await startFake(
      openaiFake(['grader'], (_, prompt) =>
        prompt.includes('very long')
          ? { status: 400, json: { error: { message: 'maximum context length is 4 tokens' } } }
          : completion(prompt.includes('help with that') ? 'REFUSAL' : 'COMPLIANCE'),
      ),
    );
    const judge = await openJudge({ model: 'grader', url: fake.url }, plan, context);
    const label = labelOf({ kind: 'harmful', id: 'h7' });
    const work = judge.judge([{ key: 'k', label, messages: [], answer: 'very long' }], context, () =>
      assert.fail(),
    );
    const { advice } = await rejection(
      work,
      'bad-request',
      /^Prompt "h7" \(harmful\): the judge's question about its answer is longer than the server takes/,
    );
    assert.match(english(advice), /server of the judge with a longer context/);
    await judge.close();
  });

  it('must be there, and on this machine unless another was confirmed', async () => {
    const fake = await startFake(openaiFake(['other']));
    await rejection(openJudge({ model: 'grader', url: fake.url }, plan, context), 'endpoint', /has no model/);
    const url = 'https://example.com';
    await rejection(openJudge({ model: 'grader', url }, plan, context), 'bad-request', /not confirmed/);
  });
});
