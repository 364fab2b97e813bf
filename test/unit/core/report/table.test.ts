import assert from 'node:assert/strict';
import { tableColumns, tableRows } from '../../../../src/core/report/table';
import { analysisOf, replaced, scored, unscored, verdict } from '../../../support/analysisDocument';
import { say } from '../../../../src/core/message';

const document = analysisOf([
  unscored('layers.0.a', 'inactive', say('B is zero')),
  scored('layers.0.b'),
  unscored('layers.1.a', 'unmatched', say('no base tensor')),
  scored('layers.1.b', { ediemIqr: 3 }),
]);
const verdicts = [
  verdict('layers.0.a', null, 'keep', 'unscored'),
  verdict('layers.0.b', 2, 'keep', 'pin'),
  verdict('layers.1.a', null, 'prune', 'pin'),
  verdict('layers.1.b', 1, 'prune'),
];

describe('tableRows', () => {
  it('puts modules pruned first on top and the unscored last, in their order', () => {
    const names = tableRows(document, verdicts).map(({ result }) => result.module);
    assert.deepEqual(names, ['layers.1.b', 'layers.0.b', 'layers.0.a', 'layers.1.a']);
  });
  it('puts replaced weights above the ranking, and says that they are', () => {
    const whole = {
      ...unscored('norm.weight', 'unsupported', say('no matrix')),
      kind: 'replacement',
    } as const;
    const rows = tableRows(analysisOf([...document.modules, replaced('head.weight'), whole]), verdicts);
    const columns = tableColumns('ediemIqr').filter(({ id }) => ['module', 'rank', 'verdict'].includes(id));
    assert.deepEqual(
      rows.slice(0, 3).map((row) => columns.map(({ text }) => text(row))),
      [
        ['head.weight', 'full', 'replaced'],
        ['norm.weight', 'full', 'replaced, unsupported'],
        ['layers.1.b', '4', 'selected'],
      ],
    );
  });
  it('keeps the document order without verdicts', () => {
    assert.deepEqual(
      tableRows(document).map(({ result }) => result),
      document.modules,
    );
  });
});

describe('tableColumns', () => {
  it('shows the ranking score first and every score once', () => {
    const ids = tableColumns('cosine').map(({ id }) => id);
    assert.deepEqual(ids.slice(0, 4), ['position', 'module', 'cosine', 'ediemIqr']);
    assert.equal(new Set(ids).size, ids.length);
  });
  it('says in words what becomes of each module', () => {
    const column = tableColumns('ediemIqr').find(({ id }) => id === 'verdict');
    const texts = tableRows(document, verdicts).map((row) => column?.text(row));
    assert.deepEqual(texts, ['selected', 'keep (pinned)', 'inactive', 'selected (pinned)']);
  });
});
