import assert from 'node:assert/strict';
import { measuredRows } from '../../../../src/host/panel/derive';
import { panelDocument } from '../../../../src/protocol/panelDocument';
import type { AnalysisOptions } from '../../../../src/core/report/analysis';
import type { PanelToHost } from '../../../../src/protocol/panel';
import { PageModel } from '../../../../webview/model/page';
import { TOP_1 } from '../../../support/adapterState';
import { replaced } from '../../../support/analysisDocument';
import { mockDocument, mockMeasures } from '../../../webview/mockAdapters';

const selection = TOP_1;
const documentOf = (count: number, options: Partial<AnalysisOptions> = {}, revision = 0) =>
  ({
    type: 'document',
    document: panelDocument(mockDocument(count, options), String),
    selection,
    revision,
  }) as const;

function page(post: (message: PanelToHost) => void = () => undefined): PageModel {
  const model = new PageModel(() => undefined, post);
  model.apply({ type: 'document', document: null, selection, revision: 0 });
  return model;
}

describe('PageModel', () => {
  it('shows rows of a first run as they come, by a score that needs no population', () => {
    const model = page();
    const measures = mockMeasures(6);
    model.apply({ type: 'run', run: { kind: 'running', progress: null }, stale: null });
    model.apply({ type: 'measured', from: 0, rows: measuredRows(measures.slice(0, 2), 'effective') });
    model.apply({ type: 'measured', from: 2, rows: measuredRows(measures.slice(2, 4), 'effective') });
    assert.equal(model.table.names.length, 4);
    assert.equal(model.shownScore, 'distance');
    assert.equal(model.table.scores.ediemIqr[0], null);
    // A gap: rows that were never received would put these in wrong places.
    model.apply({ type: 'measured', from: 5, rows: measuredRows(measures.slice(5), 'effective') });
    assert.equal(model.table.names.length, 4);
    model.apply(documentOf(6));
    assert.equal(model.shownScore, 'ediemIqr');
    assert.equal(model.table.names.length, 6);
  });

  it('ranks LoRA modules alone', () => {
    const model = page();
    const mock = mockDocument(2);
    const document = { ...mock, modules: [...mock.modules, replaced('lm_head.weight')] };
    model.apply({ type: 'document', document: panelDocument(document, String), selection, revision: 0 });
    assert.equal(model.table.scores.cosine.filter((value) => value !== null).length, 3);
    assert.equal(model.ranked('cosine').filter((value) => value !== null).length, 2);
  });

  it('forgets rows of a run that was cancelled', () => {
    const model = page();
    model.apply({ type: 'run', run: { kind: 'running', progress: null }, stale: null });
    model.apply({ type: 'measured', from: 0, rows: measuredRows(mockMeasures(2), 'effective') });
    model.apply({ type: 'run', run: { kind: 'idle' }, stale: null });
    assert.equal(model.table.names.length, 0);
  });

  it('extends a choice over the rows as listed', () => {
    const model = page();
    model.apply(documentOf(7));
    model.setView({ sort: { column: 'module', descending: true } });
    model.choose(6, 'only');
    model.choose(4, 'extend');
    assert.deepEqual([...model.chosen].sort(), [4, 5, 6]);
    model.choose(5, 'toggle');
    assert.equal(model.targets.length, 2);
    model.chooseAll([]);
    assert.deepEqual(model.targets, [model.table.names[5]]);
  });

  it('drops the choice when other modules come, and keeps it when only scores change', () => {
    const model = page();
    model.apply(documentOf(7));
    model.choose(3, 'only');
    model.apply(documentOf(7, { population: 'all' }));
    assert.equal(model.chosen.size, 1);
    model.apply(documentOf(8));
    assert.equal(model.chosen.size, 0);
  });

  it('turns the order round when a column is sorted by again', () => {
    const model = page();
    model.sortBy({ id: 'cosine', largestFirst: true });
    assert.deepEqual(model.view.sort, { column: 'cosine', descending: true });
    model.sortBy({ id: 'cosine', largestFirst: true });
    assert.deepEqual(model.view.sort, { column: 'cosine', descending: false });
    assert.deepEqual(model.takeDirty().view, true);
    assert.ok(Object.values(model.takeDirty()).every((dirty) => !dirty));
  });

  it('applies changes at once, and sends a dragged rule once, before anything else', () => {
    const sent: PanelToHost[] = [];
    const model = page((message) => sent.push(message));
    const document = panelDocument(mockDocument(7), String);
    model.apply({ type: 'document', document, selection, revision: 4 });
    const pruned = (): number => model.verdicts.filter(({ verdict }) => verdict === 'prune').length;
    model.setSelection({ rule: { kind: 'top', k: 2 } });
    model.setSelection({ rule: { kind: 'top', k: 3 } });
    assert.deepEqual([pruned(), sent.length], [3, 0]);
    model.setSelection({ rankBy: 'cosine' });
    assert.deepEqual([pruned(), model.shownScore, sent.length], [3, 'cosine', 2]);
    const first = model.verdicts.findIndex(({ rankPosition }) => rankPosition === 1);
    model.pin([model.table.names[first] ?? ''], 'keep');
    assert.equal(pruned(), 2);
    assert.deepEqual(sent, [
      { type: 'setSelection', change: { rule: { kind: 'top', k: 3 } }, revision: 4 },
      { type: 'setSelection', change: { rankBy: 'cosine' }, revision: 4 },
      { type: 'pin', modules: [model.table.names[first]], verdict: 'keep', revision: 4 },
    ]);
  });

  it('tells the host of a change that it made before it heard of another', () => {
    const sent: PanelToHost[] = [];
    const model = page((message) => sent.push(message));
    model.apply(documentOf(7, {}, 1));
    model.setSelection({ rule: { kind: 'top', k: 3 } });
    model.apply({ type: 'selection', selection: { ...selection, rankBy: 'distance' }, revision: 2 });
    assert.equal(model.selection?.rankBy, 'distance');
    assert.deepEqual(
      sent.map((message) => message.type === 'setSelection' && message.revision),
      [1],
    );
  });
});
