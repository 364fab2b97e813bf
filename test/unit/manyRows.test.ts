import assert from 'node:assert/strict';
import { formatTable } from '../../src/cli/output';
import { expectedModules } from '../../src/core/check/vllmModules';
import { formatSvg } from '../../src/core/report/svg';
import { blockNodes } from '../../src/host/tree/treeModel';
import { appendRows, emptyTable } from '../../webview/model/table';
import { stateOf } from '../support/adapterState';
import { adapterOf, peftPair } from '../support/adapterFixture';
import { analysisOf, scored } from '../support/analysisDocument';

/** As many tensors as a file may have. */
const MOST = 500_000;
/** For what takes longer: more than a call takes arguments. */
const MANY = 130_000;
const terminal = { out: () => undefined, err: () => undefined, width: 80, colour: false };

describe('half a million rows', () => {
  it('make a table', () => {
    const rows = Array.from({ length: MOST }, () => ({ cells: ['a', '1'] }));
    const columns = [
      { label: 'module', align: 'left' as const },
      { label: 'n', align: 'right' as const },
    ];
    assert.equal(formatTable(columns, rows, terminal).length, (MOST + 2) * 'module  n\n'.length - 1);
  });

  it('come to the page piece by piece or at once', () => {
    const more = { ...emptyTable(), names: Array.from({ length: MOST }, () => 'a') };
    const table = emptyTable();
    for (let times = 0; times < 2; times++) appendRows(table, more);
    assert.equal(table.names.length, 2 * MOST);
  });

  it('are shown by the picture, the tree and the load check', () => {
    const one = scored('x');
    const rows = Array.from({ length: MANY }, (_, i) => ({ ...one, module: `layers.0.m${String(i)}` }));
    const document = analysisOf(rows);
    const state = stateOf(document);
    assert.ok(formatSvg(document, state.verdicts, 'ediemIqr').endsWith('</svg>\n'));
    assert.equal(blockNodes(state, { sort: 'score', markedOnly: false }).length, 1);
    const adapter = adapterOf(peftPair('a.nosuchlayer'), { peft_type: 'LORA', r: 2 });
    const [module] = adapter.modules;
    assert.ok(module !== undefined);
    const modules = Array.from({ length: MANY }, () => module);
    assert.equal(expectedModules({ adapter: { ...adapter, modules } }).uncommon.length, MANY);
  });
});
