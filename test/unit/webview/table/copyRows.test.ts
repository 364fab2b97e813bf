import assert from 'node:assert/strict';
import type { Column } from '../../../../webview/table/column';
import { rowsText } from '../../../../webview/table/copyRows';

interface Model {
  readonly names: readonly string[];
  readonly values: readonly number[];
}

const COLUMNS: readonly Column<Model>[] = [
  {
    id: 'module',
    label: { name: 'Module' },
    width: 1,
    cell: ({ names }, row) => names[row] ?? '',
    value: (_model, row) => row,
  },
  {
    id: 'value',
    label: { name: 'd|W' },
    width: 1,
    align: 'end',
    cell: ({ values }, row) => String(values[row]).replace('-', '−'),
    value: ({ values }, row) => values[row] ?? null,
  },
  { id: 'pins', label: { name: 'Pins' }, width: 1, cell: () => '' },
];
const model: Model = { names: ['a.q_proj', 'b\tc|d'], values: [1, -2] };

describe('copied rows', () => {
  it('are names, a table for spreadsheets, or one of Markdown', () => {
    const copy = (format: 'names' | 'tsv' | 'markdown'): string => rowsText(model, COLUMNS, [1, 0], format);
    assert.equal(copy('names'), 'b\tc|d\na.q_proj');
    assert.equal(copy('tsv'), 'Module\td|W\nb c|d\t-2\na.q_proj\t1');
    assert.equal(
      copy('markdown'),
      ['| Module | d\\|W |', '| :-- | --: |', '| b\\\\u{9}c\\|d | -2 |', '| a.q_proj | 1 |'].join('\n'),
    );
  });

  it('are nothing where there is no column', () => {
    assert.equal(rowsText(model, [], [0], 'tsv'), '');
  });
});
