import assert from 'node:assert/strict';
import { findings, scoredCount, verdictSentence } from '../../../../src/core/report/findings';
import { analysisOf, scored, unscored, verdict } from '../../../support/analysisDocument';
import { say } from '../../../../src/core/message';

const document = analysisOf([
  unscored('a', 'inactive', say('lora_B is zero')),
  scored('b', { ediemIqr: 1 }),
  scored('c', { ediemIqr: 3 }),
  scored('d'),
]);
const ranking = { rankBy: 'ediemIqr' } as const;

describe('findings', () => {
  it('lists what is selected in the order of the ranking, pinned unscored modules last', () => {
    const verdicts = [
      verdict('a', null, 'prune', 'pin'),
      verdict('b', 3, 'prune'),
      verdict('c', 1, 'prune'),
      verdict('d', 2, 'keep', 'pin'),
    ];
    assert.deepEqual(
      findings(document, verdicts, ranking).map(({ module }) => module),
      ['c', 'b', 'a'],
    );
    assert.equal(scoredCount(document), 3);
  });
  it('leaves out verdicts on modules that the document does not know', () => {
    assert.deepEqual(findings(document, [verdict('x', 1, 'prune')], ranking), []);
  });
});

describe('verdictSentence', () => {
  it('has place, score, population and the scores beside it', () => {
    assert.equal(
      verdictSentence(scored('b'), verdict('b', 2, 'prune'), ranking, 3),
      'Selected. Ranks 2 of 3 by E-DIEM (IQR): 1.250 among 8 modules of shape 96 × 256; cosine 0.350, retained 2.00 %, reversal -0.007000.',
    );
  });
  it('says when the order was turned round', () => {
    const sentence = verdictSentence(scored('b'), verdict('b', 1), { rankBy: 'cosine', order: 'largest' }, 3);
    assert.match(sentence, /^Not selected\. Ranks 1 of 3 by Cosine, largest first: 0\.350; retained/);
  });
  it('says why a module has no score', () => {
    const inactive = unscored('a', 'inactive', say('lora_B is zero'));
    assert.equal(
      verdictSentence(inactive, verdict('a', null, 'keep', 'unscored'), ranking, 3),
      'Changes nothing. Not scored: lora_B is zero.',
    );
    assert.match(
      verdictSentence(inactive, verdict('a', null, 'prune', 'pin'), ranking, 3),
      /^Selected by hand\./,
    );
  });
});
