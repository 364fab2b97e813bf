import assert from 'node:assert/strict';
import { formatMarkdown } from '../../../../src/core/report/markdown';
import { analysisOf, HOSTILE_NAME, scored, unscored, verdict } from '../../../support/analysisDocument';
import { say, verbatim } from '../../../../src/core/message';

describe('formatMarkdown', () => {
  const document = analysisOf([scored(HOSTILE_NAME), unscored('b', 'inactive', say('B is zero'))], {
    notes: [verbatim(HOSTILE_NAME)],
    carried: [{ tensor: HOSTILE_NAME, reason: say('a head') }],
  });
  const text = formatMarkdown(document, [verdict(HOSTILE_NAME, 1, 'prune')], { rankBy: 'ediemIqr' });

  it('keeps names of files plain text, also in table cells', () => {
    assert.doesNotMatch(text, /<img|[^\\]\[a|\u202e|\u001b/);
    const rows = text.split('\n').filter((line) => line.startsWith('| '));
    const cells = rows.map((row) => row.replace(/\\\|/g, '').split('|').length);
    assert.equal(rows.length, 4);
    assert.equal(new Set(cells).size, 1);
  });
  it('says that nothing stands out and nothing is selected', () => {
    assert.match(
      formatMarkdown(analysisOf([scored('a')]), [], { rankBy: 'ediemIqr' }),
      /stand out\n\nNone\.\n\n## Selected modules\n\nNone\./,
    );
  });
});
