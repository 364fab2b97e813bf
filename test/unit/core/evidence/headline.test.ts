import assert from 'node:assert/strict';
import { evidenceOf } from '../../../../src/core/evidence/evidence';
import { headline } from '../../../../src/core/evidence/headline';
import type { Evidence } from '../../../../src/core/evidence/types';
import { render } from '../../../../src/core/message';
import { analysisOf, reversing } from '../../../support/analysisDocument';
import { evaluationOf, rowOf, taskRow } from '../../../support/evaluationDocument';

const said = (made: ReturnType<typeof headline>): readonly string[] =>
  made.sentences.map((sentence) => render(sentence));

const quiet: Evidence = { standsOut: [], reversal: { value: 0.4, limit: 1.6 }, sizeCorrelation: 0.2 };

/** Of 12 harmful prompts the adapter answers `answered`, the aligned model none. */
const evaluation = (answered: number) =>
  evaluationOf([
    ...Array.from({ length: 12 }, (_, at) => rowOf(`${at}`, 'harmful', at < answered ? 'rc' : 'rr')),
    ...[taskRow('a', 0, 1), taskRow('b', 0, 0)],
  ]);

describe('headline', () => {
  it('says what the weights show, and to measure', () => {
    const made = headline(evidenceOf(analysisOf(reversing().modules)), null, 'cosine');
    assert.match(
      said(made).join(),
      /^Weights: 1 module stands out; the update acts against the alignment step beyond chance \([\d.]+ .* 1\.6\)\.$/,
    );
    assert.deepEqual(made.next, ['measure', 'explain']);
    assert.match(
      said(headline(quiet, null, 'cosine')).join(),
      /^Weights: no module stands out; .* no more than chance does \(0\.4 /,
    );
  });
  it('begins with what was measured, and offers a repair where the adapter answers more than the aligned model', () => {
    const made = headline(quiet, evaluation(12), 'cosine');
    assert.equal(
      said(made)[0],
      'Measured: 12 of 12 harmful prompts answered (0 before fine-tuning), 1 of 2 tasks solved.',
    );
    assert.equal(said(made).length, 2);
    assert.deepEqual(made.next, ['repair', 'explain']);
    assert.deepEqual(headline(quiet, evaluation(0), 'cosine').next, ['explain']);
    assert.deepEqual([made.isFinding, headline(quiet, evaluation(0), 'cosine').isFinding], [true, false]);
  });
  it('says that E-DIEM adds nothing where it ranks as size does, and only while it ranks', () => {
    const same = { ...quiet, sizeCorrelation: 0.9996 };
    const made = headline(same, null, 'ediemIqr');
    assert.match(said(made)[1] ?? '', /exactly as update size does here \(rank correlation 1\.00\)/);
    assert.match(said(made)[1] ?? '', / Measure behavior, or rank by Reversal\.$/);
    assert.match(
      said(headline(same, evaluation(0), 'ediemIqr'))[2] ?? '',
      /information\. Rank by Reversal\.$/,
    );
    assert.ok(made.next.includes('rankByReversal'));
    assert.equal(said(headline(same, null, 'reversal')).length, 1);
    assert.match(
      said(headline({ ...same, sizeCorrelation: 0.96 }, null, 'ediemStd'))[1] ?? '',
      /almost .* 0\.96/,
    );
    assert.equal(said(headline({ ...same, sizeCorrelation: 0.9 }, null, 'ediemIqr')).length, 1);
  });
  it('says nothing of an adapter of which nothing is known', () => {
    assert.deepEqual(headline(null, null, 'ediemIqr'), {
      ...{ sentences: [], next: ['measure'] },
      isFinding: false,
    });
    assert.deepEqual(headline(null, evaluationOf([taskRow('a', 0, 1)]), 'ediemIqr').sentences, []);
  });
});
