import assert from 'node:assert/strict';
import { panelDocument } from '../../../../src/protocol/panelDocument';
import { PageModel } from '../../../../webview/model/page';
import { commonPrefix, type Filter } from '../../../../webview/model/rows';
import type { Sort } from '../../../../webview/table/rows';
import { analysisOf, replaced, scored, unscored, verdict } from '../../../support/analysisDocument';
import { say } from '../../../../src/core/message';

const document = analysisOf([
  scored('model.layers.0.q_proj', { cosine: 0.2 }),
  unscored('model.layers.0.v_proj', 'inactive', say('B is zero.')),
  scored('model.layers.1.q_proj', { cosine: -0.1 }),
  scored('model.layers.1.v_proj', { cosine: 0.2 }),
]);
const verdicts = [
  verdict('model.layers.0.q_proj', 2),
  verdict('model.layers.0.v_proj', null, 'keep', 'unscored'),
  verdict('model.layers.1.q_proj', 1, 'prune'),
  verdict('model.layers.1.v_proj', 3, 'keep', 'pin'),
];
const ALL: Filter = { text: '', show: 'all' };

function rows(sort: Sort, filter: Filter = ALL, analysis = document): readonly number[] {
  const model = new PageModel(
    () => undefined,
    () => undefined,
  );
  model.document = panelDocument(analysis, String);
  model.verdicts = verdicts;
  model.setView({ sort, filter });
  return model.rows;
}

describe('listed modules', () => {
  it('puts replaced weights above the ranking', () => {
    const whole = analysisOf([...document.modules, replaced('lm_head.weight')]);
    assert.deepEqual(rows({ column: 'position', descending: false }, ALL, whole), [4, 2, 0, 3, 1]);
  });
  it('sorts both ways, ties in the order of the adapter, missing values last', () => {
    assert.deepEqual(rows({ column: 'cosine', descending: false }), [2, 0, 3, 1]);
    assert.deepEqual(rows({ column: 'cosine', descending: true }), [0, 3, 2, 1]);
    assert.deepEqual(rows({ column: 'position', descending: false }), [2, 0, 3, 1]);
    assert.deepEqual(rows({ column: 'module', descending: true }), [3, 2, 1, 0]);
    assert.deepEqual(rows({ column: 'verdict', descending: false }), [2, 0, 3, 1]);
    assert.deepEqual(rows({ column: 'bytes', descending: true }), [0, 1, 2, 3]);
  });

  it('filters by all words of a text and by what becomes of modules', () => {
    const sort: Sort = { column: 'module', descending: false };
    assert.deepEqual(rows(sort, { text: ' Q_PROJ layers.1 ', show: 'all' }), [2]);
    assert.deepEqual(rows(sort, { text: '', show: 'prune' }), [2]);
    assert.deepEqual(rows(sort, { text: '', show: 'keep' }), [0, 1, 3]);
    assert.deepEqual(rows(sort, { text: '', show: 'pinned' }), [3]);
    assert.deepEqual(rows(sort, { text: '', show: 'unscored' }), [1]);
    assert.deepEqual(rows(sort, { text: 'none', show: 'all' }), []);
  });
});

describe('commonPrefix', () => {
  it('ends at a dot', () => {
    assert.equal(commonPrefix(['model.layers.10.q', 'model.layers.11.q']), 'model.layers.');
    assert.equal(commonPrefix(['model.q', 'other.q']), '');
    assert.equal(commonPrefix(['model.q']), '');
    assert.equal(commonPrefix([]), '');
  });
});
