import assert from 'node:assert/strict';
import { compareReport } from '../../../../src/host/reports/compareReport';
import type { ComparedModule } from '../../../../src/core/report/comparison';
import { HOSTILE_NAME } from '../../../support/analysisDocument';
import { untranslated } from '../../../support/english';

const equal: ComparedModule = {
  module: 'same',
  status: 'equal',
  leftNorm: 1,
  rightNorm: 1,
  difference: 0,
  cosine: 1,
};

describe('the comparison', () => {
  it('lists what differs, escaped', () => {
    const none = { leftNorm: null, rightNorm: null, difference: null, cosine: null };
    const text = compareReport(
      {
        left: '/l',
        right: '/r',
        modules: [
          { module: 'same', status: 'equal', leftNorm: 1, rightNorm: 1, difference: 0, cosine: 1 },
          { module: HOSTILE_NAME, status: 'left-only', ...none, leftNorm: 2.5 },
        ],
        carried: [{ tensor: 'head', status: 'changed' }],
      },
      ['left', 'right'],
      untranslated,
    );
    assert.match(text, /\*\*1 removed, 1 identical, 14 % of ‖dW‖² left\.\*\*/);
    assert.match(text, /only left \| 2\.500 \| – \| – \| – \|/);
    assert.match(text, /- head: changed/);
    assert.ok(!text.includes('<img'));
  });

  it('of equal adapters has no table', () => {
    const carried = [{ tensor: 'head', status: 'equal' }] as const;
    const text = compareReport(
      { left: '/l', right: '/r', modules: [equal], carried },
      ['l', 'r'],
      untranslated,
    );
    assert.match(text, /\*\*1 identical, 100 % of ‖dW‖² left\.\*\*/);
    assert.ok(!text.includes('|') && !text.includes('head'), text);
  });

  it('says of each module how it differs', () => {
    const statuses = ['changed', 'zeroed', 'left-only', 'right-only'] as const;
    const modules = statuses.map((status) => ({ ...equal, module: `m-${status}`, status }));
    const text = compareReport({ left: '/l', right: '/r', modules, carried: [] }, ['l', 'r'], untranslated);
    const rows = text.split('\n').filter((line) => line.startsWith('| m'));
    assert.deepEqual(
      rows.map((row) => row.split(' | ')[1]),
      ['only left', 'only right', 'changed', 'set to zero on the right'],
    );
  });
});
