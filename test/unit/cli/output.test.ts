import assert from 'node:assert/strict';
import { cellText, documentText, fitColumns, formatTable, type Terminal } from '../../../src/cli/output';
import { HOSTILE_NAME } from '../../support/analysisDocument';

const terminal: Terminal = { out: () => undefined, err: () => undefined, width: undefined, colour: false };
const columns = [
  { id: 'name', label: 'name', align: 'left' },
  { id: 'size', label: 'size', align: 'right' },
] as const;

describe('formatTable', () => {
  it('aligns names left and numbers right', () => {
    const rows = [{ cells: ['a', '1'] }, { cells: ['long name', '1000'] }];
    assert.equal(
      formatTable(columns, rows, terminal),
      ['name       size', '─────────  ────', 'a             1', 'long name  1000'].join('\n'),
    );
  });
  it('lets no control character of a file reach the terminal', () => {
    const text = formatTable(columns, [{ cells: [HOSTILE_NAME, '1'] }], terminal);
    assert.doesNotMatch(text.replaceAll('\n', ''), /[\p{Cc}\p{Cf}]/u);
    assert.equal(text.split('\n').length, 3);
  });
  it('draws strong rows bold only where color is allowed', () => {
    const rows = [{ cells: ['a', '1'], strong: true }];
    assert.ok(!formatTable(columns, rows, terminal).includes('\u001b'));
    assert.ok(formatTable(columns, rows, { ...terminal, colour: true }).includes('\u001b[1m'));
  });
});

describe('cellText', () => {
  it('keeps the end of what is too long', () => {
    const shown = cellText(`${'a.'.repeat(60)}q_proj`);
    assert.equal(shown.length, 80);
    assert.match(shown, /^….*q_proj$/);
  });
});

describe('fitColumns', () => {
  const fit = (width: number | undefined): readonly string[] =>
    fitColumns(columns, width, ['size'], () => 10).map(({ id }) => id);
  it('drops expendable columns only when the table is too wide', () => {
    assert.deepEqual(fit(22), ['name', 'size']);
    assert.deepEqual(fit(21), ['name']);
    assert.deepEqual(fit(1), ['name']);
    assert.deepEqual(fit(undefined), ['name', 'size']);
  });
});

describe('documentText', () => {
  it('begins with the schema version', () =>
    assert.equal(documentText({ a: 1 }), '{\n  "schemaVersion": 2,\n  "a": 1\n}\n'));
});
