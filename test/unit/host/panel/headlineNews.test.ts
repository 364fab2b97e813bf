import assert from 'node:assert/strict';
import { HeadlineNews } from '../../../../src/host/panel/headlineNews';
import type { AdapterState } from '../../../../src/host/state/types';
import { stateOf } from '../../../support/adapterState';
import { analysisOf, reversing } from '../../../support/analysisDocument';
import { evaluationOf, rowOf } from '../../../support/evaluationDocument';

const english = (text: string): string => text;
const state = stateOf(analysisOf(reversing().modules));

describe('HeadlineNews', () => {
  it('is sent once, and again when something else is to be said', () => {
    const news = new HeadlineNews();
    const [first] = news.news(state, english);
    assert.ok(first?.type === 'headline' && first.next.includes('measure'));
    assert.deepEqual(news.news({ ...state, selection: { ...state.selection } }, english), []);
    const evaluation = evaluationOf([rowOf('a', 'harmful', 'rc')]);
    const measured = (stale: string | null): AdapterState => ({
      ...state,
      results: { ...state.results, evaluation: { document: evaluation, stale } },
    });
    const [second] = news.news(measured(null), english);
    assert.ok(second?.type === 'headline');
    assert.match(second.sentences[0] ?? '', /^Measured: 1 of 1 harmful prompts answered/);
    const [third] = news.news(measured('adapter_model.safetensors changed'), english);
    assert.deepEqual(third, first);
  });
  it('is nothing for an adapter of which nothing is known', () => {
    assert.deepEqual(
      new HeadlineNews().news({ ...state, document: null, results: {}, verdicts: [] }, english),
      [],
    );
  });
});
